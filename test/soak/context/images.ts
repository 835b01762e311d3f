import { createInformer } from '../../../kube/informer.ts';
import { resources } from '../../../kube/resources.ts';
import type { KubeClient, KubeObject } from '../../../kube/types.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { silentLogger } from '../../../runtime/log.ts';

interface Container {
  readonly name: string;
  readonly image?: string;
}

interface Status {
  readonly name: string;
  readonly state?: { readonly running?: unknown; readonly terminated?: unknown };
  readonly lastState?: { readonly terminated?: unknown };
}

export interface RanPod extends KubeObject {
  readonly spec: {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes?: readonly { readonly image?: { readonly reference?: string } }[];
  };
  readonly status?: {
    readonly containerStatuses?: readonly Status[];
    readonly initContainerStatuses?: readonly Status[];
  };
}

/**
 * Images of a pod that were there and ran: those of containers that have started, and the volumes that were mounted
 * before. What a pod only asks for, and never gets, is not among them.
 */
export function imagesThatRan({ spec, status }: RanPod): readonly string[] {
  const started = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
    .filter(
      ({ state, lastState }) =>
        state?.running !== undefined || state?.terminated !== undefined || lastState?.terminated !== undefined,
    )
    .map(({ name }) => name);
  if (started.length === 0) return [];
  const containers = [...spec.containers, ...(spec.initContainers ?? [])].filter(({ name }) => started.includes(name));
  const volumes = (spec.volumes ?? []).map(({ image }) => image?.reference);
  return [...containers.map(({ image }) => image), ...volumes].filter((image) => image !== undefined);
}

export interface ImageWatch {
  /** Every image that ran in the cluster since the watch began, by reference. */
  readonly seen: ReadonlySet<string>;
  close(): void;
}

export async function watchImages(client: KubeClient): Promise<ImageWatch> {
  const stop = new AbortController();
  const seen = new Set<string>();
  const informer = createInformer<RanPod, readonly string[]>({
    ...{ client, type: resources.pods, timer: systemTimer, random: Math.random, log: silentLogger },
    keep: imagesThatRan,
  });
  informer.onChange((_namespace, _name, images = []) => {
    for (const image of images) seen.add(image);
  });
  await informer.start(stop.signal);
  return { seen, close: () => stop.abort() };
}
