import { prefix } from '../marks.ts';
import type { PolicyConfigMap } from './types.ts';

/** A ConfigMap as the API has it; fields without content may be left out. */
export interface WrittenConfigMap {
  readonly metadata: {
    readonly namespace?: string;
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>> | null;
  readonly binaryData?: Readonly<Record<string, string>> | null;
}

/** The label of policy ConfigMaps, and the selector of those that count. */
export const policyLabel = `${prefix}policy`;
export const policySelector = `${policyLabel}=true`;

/** What of a ConfigMap policies read. */
export function policyConfigMap({ metadata, data, binaryData }: WrittenConfigMap): PolicyConfigMap {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    data: data ?? {},
    binaryKeys: Object.keys(binaryData ?? {}),
  };
}
