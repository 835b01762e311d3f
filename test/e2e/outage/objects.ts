import type { KubeObject } from '../../../kube/types.ts';

/** Labels of a namespace, or of a pod, that is to be injected. */
export const enabled = { 'remora.dev/inject': 'enabled' } as const;
export const disabled = { 'remora.dev/inject': 'disabled' } as const;

/** What a pod of these suites runs: it does nothing, asks for next to nothing, and ends when it is told. */
export function idleSpec(image: string): object {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'main', image, resources: { requests: { cpu: '1m', memory: '1Mi' } } }],
  };
}

/** A pod that is let in or refused, and never scheduled. */
export function gatedPod(name: string, labels: Readonly<Record<string, string>> = {}): KubeObject {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { ...idleSpec('none.invalid/a:1'), schedulingGates: [{ name: 'test.remora.dev/never' }] },
  };
  return pod;
}

/** A ReplicaSet, Deployment, StatefulSet or DaemonSet of idle pods; a DaemonSet takes no number. */
export function idleWorkload(kind: string, name: string, image: string, replicas?: number): object {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: idleSpec(image) },
    },
  };
}
