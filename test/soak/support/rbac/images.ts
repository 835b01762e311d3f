import { resources } from '../../../../kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../../kube/types.ts';
import { attemptUntil } from '../../../e2e/harness/attempts.ts';
import { enabled } from '../../../e2e/outage/objects.ts';
import type { Check, Provoked } from './check.ts';
import { findingIn, restartUntilWritten } from './findings.ts';
import { valueOf } from './outcome.ts';
import type { World } from './world.ts';

const restarted = 'remora-control is restarted';
const createdMs = 60_000;

interface Source {
  readonly type: ResourceType;
  /** The spec of an object of that kind that names an image, and of which nothing runs. */
  readonly spec: (name: string, image: string) => object;
}

const pod = (image: string): object => ({
  automountServiceAccountToken: false,
  restartPolicy: 'Always',
  containers: [{ name: 'main', image }],
});
const selected = (name: string, spec: object): object => ({
  selector: { matchLabels: { app: name } },
  template: { metadata: { labels: { app: name } }, spec },
});
const apps = (plural: string): ResourceType => ({ group: 'apps', version: 'v1', plural });

const sources = {
  Pod: {
    type: resources.pods,
    spec: (_name, image) => ({ ...pod(image), schedulingGates: [{ name: 'test.remora.dev/never' }] }),
  },
  Deployment: { type: apps('deployments'), spec: (name, image) => ({ ...selected(name, pod(image)), replicas: 0 }) },
  StatefulSet: { type: apps('statefulsets'), spec: (name, image) => ({ ...selected(name, pod(image)), replicas: 0 }) },
  DaemonSet: {
    type: apps('daemonsets'),
    spec: (name, image) => selected(name, { ...pod(image), nodeSelector: { 'test.remora.dev/nowhere': 'true' } }),
  },
  CronJob: {
    type: { group: 'batch', version: 'v1', plural: 'cronjobs' },
    spec: (_name, image) => ({
      schedule: '0 0 1 1 *',
      suspend: true,
      jobTemplate: { spec: { template: { spec: { ...pod(image), restartPolicy: 'Never' } } } },
    }),
  },
} satisfies Readonly<Record<string, Source>>;

type Kind = keyof typeof sources;

/** Control hears of an object that names an image which no other object names. */
export function hearsOfImages(kind: Kind): Check {
  return {
    shows: `the image of a ${kind} that was made after control started gets into remora-images`,
    provokedBy: `${restarted}; then a ${kind} with an image of its own is made in a labelled namespace`,
    recovers: 'by itself',
    provoke: async (world) => {
      await restartUntilWritten(world, 'remora-images');
      return whenKnown(world, await create(world, kind, world.shop));
    },
  };
}

export const hearsOfLabels: Check = {
  shows: 'the images of a namespace get into remora-images when it is labelled',
  provokedBy: `${restarted}; then a namespace that has a Deployment is labelled`,
  recovers: 'by itself',
  provoke: async (world) => {
    const { client } = world.cluster;
    const name = world.fresh('labelled');
    valueOf(await client.create(resources.namespaces, { metadata: { name } }));
    const reference = await create(world, 'Deployment', name);
    await restartUntilWritten(world, 'remora-images');
    valueOf(await client.mergePatch(resources.namespaces, { name }, { metadata: { labels: enabled } }));
    return whenKnown(world, reference);
  },
};

/** Makes an object with an image of its own; returns the image's reference. */
async function create({ cluster, registry, fresh }: World, kind: Kind, namespace: string): Promise<string> {
  const name = fresh(kind.toLowerCase());
  const reference = `${registry}/${name}:1`;
  const { type, spec } = sources[kind];
  const object: KubeObject = { metadata: { name, namespace }, ...{ spec: spec(name, reference) } };
  // A pod is let in by the webhook, whose caBundle may have been mended a moment ago.
  await attemptUntil(`${kind} ${name} is made`, createdMs, async () => {
    const created = await cluster.client.create(type, object);
    return created.outcome === 'ok' ? true : undefined;
  });
  return reference;
}

function whenKnown(world: World, reference: string): Provoked {
  return {
    seen: async () => {
      const images = JSON.parse((await findingIn(world, 'remora-images')) ?? '{}') as Readonly<Record<string, unknown>>;
      return images[reference] === undefined ? undefined : `${reference} is known`;
    },
    lines: world.control.lines,
  };
}
