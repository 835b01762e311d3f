import type { KubeObject } from '../../kube/types.ts';

interface ContainerStatus {
  readonly name: string;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
}

/** core/v1 Pod, the parts that say what its start waits for. Spec by the pod's author, status by its kubelet. */
export interface PendingPod extends KubeObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly volumes?: readonly { readonly name: string; readonly image?: { readonly reference?: string } }[];
    readonly initContainers?: readonly { readonly name: string; readonly image?: string }[];
  };
  readonly status?: {
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** An injected image that a pod waits for, since its node cannot get it. */
export interface StuckPull {
  readonly uid: string;
  readonly image: string;
  /** `volume remora-telemetry`, `init container remora-telemetry`. */
  readonly part: string;
  readonly node: string;
}

/** Reasons that kubelets give while they cannot get an image (pkg/kubelet/images/types.go). */
const pullReasons: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
]);

/** Of every name that Remora gives. */
const reserved = 'remora-';

/**
 * What of Remora's a pod waits for; undefined when it waits for nothing, or for an image of its own.
 *
 * An image volume that cannot be pulled shows at the containers that mount it, as if their own image were to blame:
 * only the message names the image.
 */
export function stuckPull({ metadata, spec, status }: PendingPod): StuckPull | undefined {
  if (metadata.annotations?.['remora.dev/injected'] === undefined) return undefined;
  const waiting = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].filter(({ state }) =>
    pullReasons.has(state?.waiting?.reason ?? ''),
  );
  if (waiting.length === 0) return undefined;
  const found = (image: string, part: string): StuckPull => ({
    uid: metadata.uid ?? '',
    image,
    part,
    node: spec?.nodeName ?? '',
  });
  for (const { name, image = '' } of spec?.initContainers ?? []) {
    const isWaiting = waiting.some((container) => container.name === name);
    if (name.startsWith(reserved) && isWaiting) return found(image, `init container ${name}`);
  }
  for (const { name, image } of spec?.volumes ?? []) {
    const reference = image?.reference ?? '';
    if (!name.startsWith(reserved) || reference === '') continue;
    const isNamed = waiting.some(({ state }) => state?.waiting?.message?.includes(reference) === true);
    if (isNamed) return found(reference, `volume ${name}`);
  }
  return undefined;
}
