import { randomUUID } from 'node:crypto';
import { resources } from '../../../../kube/resources.ts';
import type { KubeObject } from '../../../../kube/types.ts';
import { gatedPod } from '../../../e2e/outage/objects.ts';
import type { Check, Provoked } from './check.ts';
import { valueOf } from './outcome.ts';
import type { World } from './world.ts';

/** An event of events.k8s.io/v1, as far as checks look. */
export interface RecordedEvent extends KubeObject {
  readonly reason?: string;
  readonly regarding?: { readonly name?: string };
  readonly series?: { readonly count: number };
}

export const recordsRefusals: Check = {
  shows: 'a refusal becomes an event of the workload',
  provokedBy: 'a ReplicaSet’s pod with an annotation that is not valid is created again and again',
  recovers: 'by itself',
  provoke: (world) =>
    refusing(world, ([event]) => (event === undefined ? undefined : `event ${event.reason ?? ''} was made`)),
};

export const countsRefusals: Check = {
  shows: 'the same refusal again is counted in its event',
  provokedBy: 'a ReplicaSet’s pod with an annotation that is not valid is created again and again',
  recovers: 'by itself',
  provoke: (world) => refusing(world, ([event]) => (event?.series === undefined ? undefined : 'its event has a count')),
};

/** Sends the same refused pod at each look, as a controller does. */
async function refusing(
  world: World,
  seenIn: (events: readonly RecordedEvent[]) => string | undefined,
): Promise<Provoked> {
  const { cluster, shop, webhook } = world;
  const owner = world.fresh('refused');
  const { metadata, ...pod } = gatedPod(`${owner}-probe`);
  const ownerReferences = [
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: randomUUID(), controller: true },
  ];
  const annotations = { 'remora.dev/telemetry': 'nonsense' };
  const object: KubeObject = {
    ...pod,
    metadata: { ...metadata, namespace: shop, annotations, ...{ ownerReferences } },
  };
  return Promise.resolve({
    seen: async () => {
      const outcome = await cluster.client.create(resources.pods, object);
      if (outcome.outcome === 'ok') throw new Error('a pod with an annotation that is not valid was let in');
      const { items } = valueOf(await cluster.client.list<RecordedEvent>(resources.events, { namespace: shop }));
      return seenIn(items.filter(({ regarding }) => regarding?.name === owner));
    },
    lines: webhook.lines,
  });
}
