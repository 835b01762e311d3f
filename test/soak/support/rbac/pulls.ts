import { resources } from '../../../../kube/resources.ts';
import type { KubeObject } from '../../../../kube/types.ts';
import { gatedPod } from '../../../e2e/outage/objects.ts';
import type { Check, Provoked } from './check.ts';
import type { RecordedEvent } from './events.ts';
import { valueOf } from './outcome.ts';
import type { World } from './world.ts';

const provokedBy = 'a pod waits for an image that Remora put in, is helped, and waits again';
const missing = 'none.invalid/remora/remora-telemetry:0';

export const tellsOfPulls: Check = {
  shows: 'a pod that waits for an image of Remora’s becomes an event of the pod',
  provokedBy,
  recovers: 'by itself',
  provoke: (world) => waiting(world, ([event]) => (event === undefined ? undefined : `event ${event.reason ?? ''}`)),
};

export const countsPulls: Check = {
  shows: 'the same wait again is counted in its event',
  provokedBy,
  recovers: 'by itself',
  provoke: (world) => waiting(world, ([event]) => (event?.series === undefined ? undefined : 'its event has a count')),
};

/** Says of one pod, as its kubelet would, that it waits and that it does not, in turns. */
async function waiting(
  world: World,
  seenIn: (events: readonly RecordedEvent[]) => string | undefined,
): Promise<Provoked> {
  const { client } = world.cluster;
  const namespace = world.fresh('pulls');
  const name = 'waits';
  valueOf(await client.create(resources.namespaces, { metadata: { name: namespace } }));
  const { metadata, ...pod } = gatedPod(name) as KubeObject & { readonly spec: object };
  const volumes = [{ name: 'remora-telemetry', image: { reference: missing } }];
  const object = {
    ...pod,
    metadata: { ...metadata, namespace, annotations: { 'remora.dev/injected': '{}' } },
    spec: { ...pod.spec, volumes },
  };
  valueOf(await client.create(resources.pods, object));
  let isWaiting = false;
  return {
    seen: async () => {
      isWaiting = !isWaiting;
      const reason = isWaiting ? 'ErrImagePull' : 'ContainerCreating';
      const state = { waiting: { reason, message: `failed to pull image "${missing}"` } };
      const status = { name: 'main', image: 'none.invalid/a:1', imageID: '', ready: false, restartCount: 0, state };
      const address = { namespace, name, subresource: 'status' };
      valueOf(await client.mergePatch(resources.pods, address, { status: { containerStatuses: [status] } }));
      const { items } = valueOf(await client.list<RecordedEvent>(resources.events, { namespace }));
      return seenIn(items.filter(({ reason: of }) => of === 'InjectedImageUnavailable'));
    },
    lines: world.control.lines,
  };
}
