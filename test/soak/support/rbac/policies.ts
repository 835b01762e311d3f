import { policyConfiguration } from '../../../../control/policies/policies.ts';
import { resources } from '../../../../kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../../kube/types.ts';
import { moduleLabel, ofAnnotation } from '../../../../settings/policies/modules.ts';
import { attemptUntil } from '../../../e2e/harness/attempts.ts';
import { gatedPod, idleSpec, idleWorkload } from '../../../e2e/outage/objects.ts';
import { policy } from '../../../e2e/policies/objects.ts';
import type { Check } from './check.ts';
import { restartControl } from './lease.ts';
import { valueOf } from './outcome.ts';
import type { World } from './world.ts';

const restarted = 'remora-webhook is restarted';
const writtenMs = 60_000;

/** A kind of the chart's `policies.readable`, and an object of it of which nothing runs. */
interface ReadableKind {
  readonly type: ResourceType;
  readonly kind: string;
  readonly object: (name: string) => object;
}

const apps = (plural: string): ResourceType => ({ group: 'apps', version: 'v1', plural });
const batch = (plural: string): ResourceType => ({ group: 'batch', version: 'v1', plural });
const workload =
  (kind: string, replicas?: number) =>
  (name: string): object =>
    idleWorkload(kind, name, 'none.invalid/a:1', replicas);
const jobSpec = { suspend: true, template: { spec: { ...idleSpec('none.invalid/a:1'), restartPolicy: 'Never' } } };

/** Every kind that policies may know of, as the chart has it. */
export const readableKinds: readonly ReadableKind[] = [
  { type: resources.pods, kind: 'Pod', object: gatedPod },
  {
    type: { group: '', version: 'v1', plural: 'services' },
    kind: 'Service',
    object: (name) => ({ metadata: { name }, spec: { ports: [{ port: 80 }] } }),
  },
  { type: apps('deployments'), kind: 'Deployment', object: workload('Deployment', 0) },
  { type: apps('statefulsets'), kind: 'StatefulSet', object: workload('StatefulSet', 0) },
  { type: apps('daemonsets'), kind: 'DaemonSet', object: pinnedNowhere },
  { type: batch('jobs'), kind: 'Job', object: (name) => ({ metadata: { name }, spec: jobSpec }) },
  {
    type: batch('cronjobs'),
    kind: 'CronJob',
    object: (name) => ({
      metadata: { name },
      spec: { suspend: true, schedule: '0 0 1 1 *', jobTemplate: { spec: jobSpec } },
    }),
  },
  {
    type: { group: 'networking.k8s.io', version: 'v1', plural: 'ingresses' },
    kind: 'Ingress',
    object: (name) => ({ metadata: { name }, spec: { defaultBackend: { service: { name, port: { number: 80 } } } } }),
  },
];

function pinnedNowhere(name: string): object {
  const made = workload('DaemonSet')(name) as { readonly spec: { readonly template: { readonly spec: object } } };
  const spec = { ...made.spec.template.spec, nodeSelector: { nowhere: 'none' } };
  return { ...made, spec: { ...made.spec, template: { ...made.spec.template, spec } } };
}

/** A policy that refuses a pod with the label `ask`, and names what it sees of a kind. */
function naming({ type: { group, version }, kind }: ReadableKind): object {
  const groupVersion = group === '' ? version : `${group}/${version}`;
  const rego = `package soak.names

deny contains msg if {
  input.object.metadata.labels.ask == "${kind}"
  msg := sprintf("sees %s", [concat(" ", {name | some namespace; some name; data.inventory.namespace[namespace]["${groupVersion}"]["${kind}"][name]})])
}
`;
  return policy(`names-${kind.toLowerCase()}`, rego, {
    annotations: { 'remora.dev/policy-inventory': `${groupVersion}/${kind}` },
  });
}

async function put({ cluster }: World, type: ResourceType, namespace: string, object: object): Promise<void> {
  const { metadata, ...rest } = object as KubeObject;
  await attemptUntil(`an object of ${type.plural} is made`, writtenMs, async () => {
    const created = await cluster.client.create(type, { ...rest, metadata: { ...metadata, namespace } });
    return created.outcome === 'ok' || created.code === 'AlreadyExists' ? true : undefined;
  });
}

/** What is said of a pod that asks a policy what it sees. */
async function answer({ cluster, shop }: World, kind: string): Promise<string> {
  const { metadata, ...rest } = gatedPod('asks', { ask: kind });
  const object = { ...rest, metadata: { ...metadata, namespace: shop } };
  const outcome = await cluster.client.create(resources.pods, object, { dryRun: true });
  return outcome.outcome === 'failed' ? outcome.message : '';
}

/** Objects that were there before the replica started. */
export function knowsOf(of: ReadableKind): Check {
  return {
    shows: `a policy sees each ${of.kind} that it asks for`,
    provokedBy: restarted,
    recovers: 'by itself',
    provoke: async (world) => {
      const name = world.fresh('there');
      await put(world, resources.configMaps, world.shop, naming(of));
      await put(world, of.type, world.shop, of.object(name));
      await world.webhook.restart();
      return {
        seen: async () => {
          const text = await answer(world, of.kind);
          return text.includes(name) ? text : undefined;
        },
        lines: world.webhook.lines,
      };
    },
  };
}

/** Objects that come later. */
export function hearsOf(of: ReadableKind): Check {
  return {
    shows: `a policy sees a ${of.kind} that was made after remora-webhook started`,
    provokedBy: `${restarted}; then a ${of.kind} is made`,
    recovers: 'by itself',
    provoke: async (world) => {
      await put(world, resources.configMaps, world.shop, naming(of));
      await world.webhook.restart();
      await attemptUntil('the policy answers', writtenMs, async () =>
        (await answer(world, of.kind)).includes('sees') ? true : undefined,
      );
      const name = world.fresh('later');
      await put(world, of.type, world.shop, of.object(name));
      return {
        seen: async () => {
          const text = await answer(world, of.kind);
          return text.includes(name) ? text : undefined;
        },
        lines: world.webhook.lines,
      };
    },
  };
}

function fresh(world: World): { readonly name: string; readonly object: object } {
  const name = world.fresh('policy');
  return {
    name,
    object: policy(name, `package soak.p\n\ndeny contains "${name}" if input.object.metadata.labels.none\n`),
  };
}

/** The stored module of a policy. */
async function moduleOf({ cluster, namespace, shop }: World, name: string): Promise<string | undefined> {
  const query = { namespace, labelSelector: `${moduleLabel}=true`, metadataOnly: true };
  const { items } = valueOf(await cluster.client.list(resources.configMaps, query));
  return items.find(({ metadata }) => metadata.annotations?.[ofAnnotation] === `${shop}/${name}`)?.metadata.name;
}

export const storesModules: Check = {
  shows: 'a compiled policy is stored for other replicas',
  provokedBy: 'a policy is written',
  recovers: 'when provoked again',
  provoke: async (world) => {
    const { name, object } = fresh(world);
    await put(world, resources.configMaps, world.shop, object);
    return { seen: async () => await moduleOf(world, name), lines: world.webhook.lines };
  },
};

export const takesModules: Check = {
  shows: 'a replica takes the compiled policies that are stored',
  provokedBy: `a policy is written; then ${restarted}`,
  recovers: 'when provoked again',
  provoke: async (world) => {
    const { name, object } = fresh(world);
    await put(world, resources.configMaps, world.shop, object);
    await attemptUntil('its module is stored', writtenMs, async () => await moduleOf(world, name));
    const known = world.webhook.lines.length;
    await world.webhook.restart();
    return {
      seen: async () => {
        const lines = world.webhook.lines.slice(known);
        return await Promise.resolve(
          lines.find((line) => line.includes('"from":"store"') && line.includes(`/${name}`)),
        );
      },
      lines: world.webhook.lines,
    };
  },
};

interface Configuration extends KubeObject {
  readonly webhooks?: readonly { readonly name: string; readonly rules?: readonly object[] }[];
}

async function rulesText({ cluster }: World): Promise<string> {
  const read = await cluster.client.get<Configuration>(resources.validatingWebhookConfigurations, {
    name: policyConfiguration,
  });
  const { webhooks = [] } = valueOf(read);
  return JSON.stringify(webhooks.filter(({ name }) => !name.startsWith('configmaps.')).map(({ rules = [] }) => rules));
}

/** A policy for a kind that no other policy of the soak is for. */
function forKind(world: World, kind: string): object {
  const name = world.fresh('asks');
  return policy(name, `package soak.a\n\ndeny contains "${name}" if input.none\n`, { kinds: kind });
}

export const derivesRules: Check = {
  shows: 'the API server is told what policies ask about',
  provokedBy: 'the rules are taken out, and remora-control restarted',
  recovers: 'by itself',
  provoke: async (world) => {
    const { cluster, control, shop } = world;
    await put(world, resources.configMaps, shop, forKind(world, 'LimitRange'));
    const type = resources.validatingWebhookConfigurations;
    const read = valueOf(await cluster.client.get<Configuration>(type, { name: policyConfiguration }));
    const webhooks = (read.webhooks ?? []).map((entry) =>
      entry.name.startsWith('configmaps.') ? entry : { ...entry, rules: [] },
    );
    valueOf(await cluster.client.replace(type, { ...read, ...{ webhooks } }));
    await restartControl(world);
    return {
      seen: async () => {
        const text = await rulesText(world);
        return text.includes('limitranges') ? text : undefined;
      },
      lines: control.lines,
    };
  },
};

export const hearsOfPolicies: Check = {
  shows: 'the API server is told what a policy asks about that was written after remora-control started',
  provokedBy: 'remora-control is restarted; then a policy is written',
  recovers: 'by itself',
  provoke: async (world) => {
    await put(world, resources.configMaps, world.shop, forKind(world, 'LimitRange'));
    await restartControl(world);
    await attemptUntil('the rules are written', writtenMs, async () =>
      (await rulesText(world)).includes('limitranges') ? true : undefined,
    );
    const name = world.fresh('later');
    const object = policy(name, `package soak.l\n\ndeny contains "${name}" if input.none\n`, {
      kinds: 'ResourceQuota',
    });
    await put(world, resources.configMaps, world.shop, object);
    return {
      seen: async () => {
        const text = await rulesText(world);
        return text.includes('resourcequotas') ? text : undefined;
      },
      lines: world.control.lines,
      close: async () => {
        valueOf(await world.cluster.client.delete(resources.configMaps, { namespace: world.shop, name }));
        await attemptUntil('the rules are as before', writtenMs, async () =>
          (await rulesText(world)).includes('resourcequotas') ? undefined : true,
        );
      },
    };
  },
};

export const cleansModules: Check = {
  shows: 'control takes compiled policies away that nothing needs',
  provokedBy: 'one of no policy is made, and remora-control restarted',
  recovers: 'when provoked again',
  provoke: async (world) => {
    const { cluster, namespace } = world;
    const name = world.fresh('remora-module-of-none');
    await put(world, resources.configMaps, namespace, { metadata: { name, labels: { [moduleLabel]: 'true' } } });
    await restartControl(world);
    return {
      seen: async () => {
        const read = await cluster.client.get(resources.configMaps, { namespace, name });
        return read.outcome === 'failed' && read.code === 'NotFound' ? `${name} is gone` : undefined;
      },
      lines: world.control.lines,
    };
  },
};

interface Ledger extends KubeObject {
  readonly binaryData?: Readonly<Record<string, string>> | null;
}

export const remembersFirstSights: Check = {
  shows: 'what the audit found first is remembered',
  provokedBy: `the ConfigMap remora-audit is emptied, and ${restarted}`,
  recovers: 'by itself',
  provoke: async (world) => {
    const { cluster, namespace, shop } = world;
    const name = 'remora-audit';
    const rego = 'package soak.audit\n\ndeny contains "is there" if input.object.metadata.labels.audited\n';
    await put(world, resources.pods, shop, gatedPod('audited', { audited: 'yes' }));
    // It only counts: the pod is made again each time.
    const annotations = { 'remora.dev/policy-enforcement': 'dryrun' };
    await put(world, resources.configMaps, shop, policy('audited', rego, { annotations }));
    valueOf(
      await cluster.client.mergePatch(resources.configMaps, { namespace, name }, { data: null, binaryData: null }),
    );
    await world.webhook.restart();
    return {
      seen: async () => {
        const { binaryData } = valueOf(await cluster.client.get<Ledger>(resources.configMaps, { namespace, name }));
        return binaryData?.['first-seen'] === undefined ? undefined : `${name} is written`;
      },
      lines: world.webhook.lines,
    };
  },
};
