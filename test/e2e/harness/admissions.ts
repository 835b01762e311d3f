import { resources } from '../../../kube/resources.ts';
import type { KubeClient, KubeObject } from '../../../kube/types.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { watchUntil } from '../../cluster/watch.ts';

/** What Remora writes on each pod that it lets in. */
const marks = ['remora.dev/injected', 'remora.dev/seal'] as const;

/** Whether a pod carries less than Remora writes on each that it injects. */
export function isBare({ metadata }: KubeObject): boolean {
  return marks.some((mark) => (metadata.annotations?.[mark] ?? '') === '');
}

/** Every pod that an API server let in since the recording began, also those that are gone again. */
export interface Admissions {
  /** Pods of a namespace that were bare at any moment, by name. */
  bareIn(namespace: string): readonly string[];
  /** How many pods of a namespace were seen. */
  countIn(namespace: string): number;
  /** Resolves when a pod was seen: then every one that was let in before it was seen too. */
  seen(namespace: string, name: string, deadlineMs: number): Promise<void>;
  /** Ends the recording. @throws Error when pods may have been missed, which no count would show. */
  close(): Promise<void>;
}

/** Follows the pods of all namespaces without a gap, from now on. */
export async function recordAdmissions(client: KubeClient): Promise<Admissions> {
  const pods = new Map<string, { readonly object: KubeObject; readonly isBare: boolean }>();
  const note = (object: KubeObject): void => {
    const uid = object.metadata.uid ?? '';
    pods.set(uid, { object, isBare: isBare(object) || pods.get(uid)?.isBare === true });
  };
  const listed = await client.list<KubeObject>(resources.pods);
  if (listed.outcome === 'failed') throw new Error(listed.message);
  for (const object of listed.value.items) note(object);

  const stop = new AbortController();
  let { resourceVersion } = listed.value;
  let missed: string | undefined;
  const follow = async (): Promise<void> => {
    while (!stop.signal.aborted && missed === undefined) {
      for await (const event of client.watch<KubeObject>(resources.pods, { resourceVersion }, stop.signal)) {
        if (event.outcome === 'failed') {
          // Each watch begins where the last one ended; only a version that is no longer kept makes a gap.
          if (event.code === 'Expired') missed = event.message;
          break;
        }
        if (event.value.type === 'BOOKMARK') {
          ({ resourceVersion } = event.value);
          continue;
        }
        note(event.value.object);
        resourceVersion = event.value.object.metadata.resourceVersion ?? resourceVersion;
      }
      await systemTimer.wait(50, stop.signal);
    }
  };
  const following = follow();
  const ofNamespace = (namespace: string): readonly { readonly object: KubeObject; readonly isBare: boolean }[] =>
    [...pods.values()].filter(({ object }) => object.metadata.namespace === namespace);

  return {
    bareIn: (namespace) =>
      ofNamespace(namespace)
        .filter((pod) => pod.isBare)
        .map(({ object }) => object.metadata.name ?? ''),
    countIn: (namespace) => ofNamespace(namespace).length,
    seen: async (namespace, name, deadlineMs) => {
      const deadline = systemTimer.now() + deadlineMs;
      while (!ofNamespace(namespace).some(({ object }) => object.metadata.name === name)) {
        if (systemTimer.now() > deadline) throw new Error(`the recording did not see ${namespace}/${name}`);
        await systemTimer.wait(20);
      }
    },
    close: async () => {
      stop.abort();
      await following;
      if (missed !== undefined) throw new Error(`the recording has a gap: ${missed}`);
    },
  };
}

interface Deployment extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
  };
}

/** Scales a Deployment and waits until it has just so many ready replicas. */
export async function scale(
  { client, namespace, name }: { readonly client: KubeClient; readonly namespace: string; readonly name: string },
  replicas: number,
  deadlineMs: number,
): Promise<void> {
  const address = { namespace, name, subresource: 'scale' };
  const type = { group: 'apps', version: 'v1', plural: 'deployments' };
  const scaled = await client.mergePatch(type, address, { spec: { replicas } });
  if (scaled.outcome === 'failed') throw new Error(scaled.message);
  await watchUntil<Deployment, true>({
    client,
    type,
    namespace,
    fieldSelector: `metadata.name=${name}`,
    what: `${name} has ${replicas} ready replicas`,
    deadlineMs,
    until: ([deployment]) => {
      const { replicas: all = 0, readyReplicas = 0 } = deployment?.status ?? {};
      return all === replicas && readyReplicas === replicas ? true : undefined;
    },
  });
}
