import type { KubeObject } from '../../../kube/types.ts';
import { readNativePolicy } from '../../../settings/policies/document.ts';
import type { PolicyConfigMap, NativeDocument, ReadPolicy } from '../../../settings/policies/types.ts';

/** A policy ConfigMap as the informer keeps it: read once. */
export interface StoredPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly read: ReadPolicy<NativeDocument>;
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>> | null;
  readonly binaryData?: Readonly<Record<string, string>> | null;
}

/** What of a ConfigMap policies read. */
export function policyConfigMap({ metadata, data, binaryData }: ConfigMap): PolicyConfigMap {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    data: data ?? {},
    binaryKeys: Object.keys(binaryData ?? {}),
  };
}

/** Reads a policy once. One that was stored broken, while the webhook was away, is kept with its problems. */
export function keepPolicy(configMap: ConfigMap): StoredPolicy {
  const { namespace, name, ...rest } = policyConfigMap(configMap);
  return { namespace, name, read: readNativePolicy({ namespace, name, ...rest }) };
}
