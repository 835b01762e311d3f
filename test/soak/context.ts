import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resources } from '../../kube/resources.ts';
import type { Environment } from '../../manifests/images/cache.ts';
import type { ImageName } from '../../manifests/images/recipes.ts';
import { ensureBinaries } from '../cluster/binaries/build.ts';
import { up, type Cluster } from '../cluster/up.ts';
import { attemptUntil } from '../e2e/harness/attempts.ts';
import { idleSpec } from '../e2e/outage/objects.ts';
import { countsIn, npmRun } from './context/child.ts';
import { watchImages } from './context/images.ts';
import { writePersonsKubeconfig } from './context/kubeconfig.ts';
import { pushUnder } from './context/push.ts';
import { makePrivateCache, type PrivateCache } from './context/runs.ts';
import type { Soak, SoakContext } from './soak.ts';

const context = 'persons-cluster';
const prefix = 'registry.example/team/remora';
/** What the demo and the suites run. */
const pushed: readonly ImageName[] = [
  'remora',
  'remora-policy',
  'remora-telemetry',
  'collector',
  'node',
  'python',
  'java',
  'postgres',
];
const suites = ['admission', 'telemetry'];
/** What every pod's sandbox is made of: the node's own image, which nobody pushed. */
const foreignImage = 'docker.io/remora-test/pause:1';

type Note = (isRight: boolean, what: string) => void;

/**
 * The demo and two suites on a cluster that they did not start, with images of another registry, as a person runs them:
 * by REMORA_CONTEXT, KUBECONFIG and REMORA_IMAGE_PREFIX alone.
 */
export const soak: Soak = async ({ environment, report }) => {
  const problems: string[] = [];
  const note: Note = (isRight, what) => {
    if (!isRight) problems.push(what);
  };
  // All that children need is built, so that none of them builds in a cache of its own.
  await ensureBinaries(['helm', 'collector'], { environment, report });
  const cluster = await up({ name: 'soak-context', environment, report });
  const references = await pushUnder(prefix, pushed, cluster, environment, report);
  const cache = await makePrivateCache(environment);
  const folder = await mkdtemp(join(tmpdir(), 'remora-person-'));
  try {
    const kubeconfig = join(folder, 'config');
    const server = `https://${cluster.addresses.apiAddress}:6443`;
    await writePersonsKubeconfig(kubeconfig, context, server, cluster.layout);
    const own = childEnvironment(environment, cache);
    const persons = { ...own, REMORA_CONTEXT: context, KUBECONFIG: kubeconfig, REMORA_IMAGE_PREFIX: prefix };
    const onPersons = await runOnPersons(cluster, references, persons, report, note);
    const started = [...cache.clusters];
    note(started.length === 0, `with REMORA_CONTEXT these clusters were started: ${started.join(', ')}`);
    await cluster.down();
    const planted = await runWithout(cache, own, report, note);
    return { passed: problems.length === 0, figures: { prefix, ...onPersons, started, planted, problems } };
  } finally {
    await rm(folder, { recursive: true });
    await cache.remove();
    await cluster.down();
  }
};

/** The environment without what names a cluster or images. */
function childEnvironment(environment: Environment, cache: PrivateCache): Environment {
  const named = ['REMORA_CONTEXT', 'REMORA_CLUSTER', 'REMORA_IMAGE_PREFIX', 'KUBECONFIG'];
  const rest = Object.entries(environment).filter(([key]) => !named.includes(key));
  return { ...Object.fromEntries(rest), REMORA_CACHE: cache.folder };
}

async function runOnPersons(
  cluster: Cluster,
  references: readonly string[],
  environment: Environment,
  report: SoakContext['report'],
  note: Note,
): Promise<Readonly<Record<string, unknown>>> {
  const images = await watchImages(cluster.client);
  try {
    const refused = await demoBesideForeignShop(cluster, environment, report, note);
    const demo = await npmRun(['demo'], environment, report);
    note(demo.code === 0, `npm run demo ended with ${String(demo.code)}`);
    note(demo.output.includes(`The cluster of context ${context}`), 'the demo does not say which cluster it runs on');
    const e2e = await npmRun(['e2e', '--', ...suites], environment, report);
    const counts = countsIn(e2e.output);
    note(e2e.code === 0 && counts?.failed === 0 && counts.skipped === 0, `npm run e2e ended with ${String(e2e.code)}`);
    note((counts?.passed ?? 0) >= 20, `npm run e2e ran ${counts?.passed ?? 0} tests`);
    // In place of the first one's shop, and with Remora as the suites left it.
    const again = await npmRun(['demo'], environment, report);
    note(again.code === 0, `npm run demo ended with ${String(again.code)} when it ran again`);
    const ran = [...images.seen].sort();
    const foreign = ran.filter((image) => !isPushed(image));
    note(foreign.length === 0, `images that nobody pushed: ${foreign.join(', ')}`);
    const unused = references.filter((reference) => !images.seen.has(reference));
    note(unused.length === 0, `images that were pushed and did not run: ${unused.join(', ')}`);
    await plantForeign(cluster);
    // The planted case: the same look finds what nobody pushed.
    const planted = await attemptUntil('the image of the planted pod is seen', 60_000, async () =>
      Promise.resolve([...images.seen].find((image) => !isPushed(image))),
    );
    note(planted === foreignImage, `the look at images finds ${planted}, not ${foreignImage}`);
    return {
      demo: { refused, seconds: demo.seconds, againSeconds: again.seconds },
      e2e: { suites, seconds: e2e.seconds, ...counts },
      ran,
      plantedImage: planted,
    };
  } finally {
    images.close();
  }
}

/** A person's own namespace of the demo's name is left as it is, and the demo says why it ends. Returns what it says. */
async function demoBesideForeignShop(
  { client }: Cluster,
  environment: Environment,
  report: SoakContext['report'],
  note: Note,
): Promise<string> {
  const shop = { name: 'shop' };
  const kept = { metadata: { name: 'kept', namespace: shop.name } };
  for (const [type, object] of [
    [resources.namespaces, { metadata: shop }],
    [resources.configMaps, kept],
  ] as const) {
    const created = await client.create(type, object);
    if (created.outcome === 'failed') throw new Error(created.message);
  }
  const { code, output } = await npmRun(['demo'], environment, report);
  note(code !== 0, 'the demo went on beside a namespace of its name that it did not make');
  const read = await client.get(resources.configMaps, kept.metadata);
  note(read.outcome === 'ok', 'the demo deleted a namespace that it did not make');
  await client.delete(resources.namespaces, shop);
  await attemptUntil('the namespace is gone', 60_000, async () => {
    const found = await client.get(resources.namespaces, shop);
    return found.outcome === 'failed' && found.code === 'NotFound' ? true : undefined;
  });
  return /namespace shop is there already[^.]*/.exec(output)?.[0] ?? output.slice(-500);
}

function isPushed(image: string): boolean {
  return image.startsWith(`${prefix}/`) || image.startsWith(`${prefix}-test/`);
}

/** Runs a pod of an image that no person pushed. */
async function plantForeign({ client }: Cluster): Promise<void> {
  const pod = { metadata: { name: 'planted', namespace: 'default' }, spec: idleSpec(foreignImage) };
  const created = await client.create(resources.pods, pod);
  if (created.outcome === 'failed') throw new Error(created.message);
}

/** The planted case of clusters that are started: the same command without REMORA_CONTEXT starts one, and is seen. */
async function runWithout(
  cache: PrivateCache,
  environment: Environment,
  report: SoakContext['report'],
  note: Note,
): Promise<Readonly<Record<string, unknown>>> {
  const e2e = await npmRun(['e2e', '--', 'cluster'], environment, report);
  const started = [...cache.clusters];
  note(e2e.code === 0, `npm run e2e without REMORA_CONTEXT ended with ${String(e2e.code)}`);
  note(started.length === 1, `without REMORA_CONTEXT the look finds ${started.length} clusters`);
  return { started, ...countsIn(e2e.output) };
}
