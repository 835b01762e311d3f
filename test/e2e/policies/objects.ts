import type { KubeObject } from '../../../kube/types.ts';

/** What a policy ConfigMap of a test says besides its Rego. */
export interface PolicyParts {
  readonly kinds?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** A policy in Rego, in the namespace that it is applied in. */
export function policy(name: string, rego: string, { kinds = 'Pod', annotations = {}, files = {} }: PolicyParts = {}) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      labels: { 'remora.dev/policy': 'true' },
      annotations: { 'remora.dev/policy-kinds': kinds, ...annotations },
    },
    data: { 'policy.rego': rego, ...files },
  };
}

/** Gatekeeper's documents as a policy ConfigMap. */
export function gatekeeperPolicy(name: string, files: Readonly<Record<string, string>>) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { 'remora.dev/policy': 'true' } },
    data: files,
  };
}

/** A pod that nothing runs: its image is nowhere, and a gate keeps it from a node. */
export function pod(name: string, image = 'none.invalid/app:1', labels: Readonly<Record<string, string>> = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    // Not injected: nothing is said of it but by policies.
    metadata: { name, labels: { 'remora.dev/inject': 'disabled', ...labels } },
    spec: {
      schedulingGates: [{ name: 'none.invalid/never' }],
      containers: [{ name: 'main', image }],
    },
  } satisfies KubeObject & { readonly spec: object };
}

/** A Deployment of such pods. */
export function deployment(name: string, image: string) {
  const { spec } = pod(name, image);
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}
