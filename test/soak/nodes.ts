import type { Environment } from '../../manifests/images/cache.ts';
import { systemTimer } from '../../runtime/clock.ts';
import type { Machine } from '../cluster/machine.ts';
import { up } from '../cluster/up.ts';
import { recordAdmissions } from '../e2e/harness/admissions.ts';
import { applyObjects } from '../e2e/harness/apply.ts';
import { sharedCluster, type TestCluster } from '../e2e/harness/cluster.ts';
import { explainFailure } from '../e2e/harness/failure.ts';
import { installRemora, remora } from '../e2e/harness/remora.ts';
import { disabled, enabled, gatedPod, idleSpec } from '../e2e/outage/objects.ts';
import { drainNodes } from './nodes/drain.ts';
import { joinNode } from './nodes/join.ts';
import { loseNode } from './nodes/loss.ts';
import { components, isSpread, nodesOf, podsOf } from './nodes/placement.ts';
import { appReplicas, type Figures, type NodesStage } from './nodes/stage.ts';
import { lookFromAll, startProbes, trafficNamespace } from './nodes/traffic.ts';
import type { Soak } from './soak.ts';

const name = 'soak-nodes';
const shop = 'shop';
const plain = 'plain';

/**
 * Remora on two nodes: where its replicas are, what a lost node costs, drains under its budgets, traffic of both nodes,
 * and nodes that leave and join. No pod of a labelled namespace may come in bare in all of it.
 */
export const soak: Soak = async ({ environment, report }) => {
  const startedAt = systemTimer.now();
  const say = (line: string): void => {
    report(`${((systemTimer.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  };
  const problems: string[] = [];
  const require = (isRight: boolean, what: string): void => {
    if (isRight) return;
    problems.push(what);
    say(`NOT RIGHT: ${what}`);
  };
  const upCluster = await up({ name, nodes: 2, environment, report: say });
  // What the suites' helpers run on is named by the environment.
  process.env['REMORA_CLUSTER'] = name;
  const cluster = await sharedCluster();
  try {
    const [machine] = upCluster.machines;
    if (machine === undefined) throw new Error('the cluster has no second node');
    const figures = await tell({ cluster, machine, environment, report: say, require });
    return { passed: problems.length === 0, figures: { ...figures, problems } };
  } catch (error) {
    problems.push(String(error));
    throw error;
  } finally {
    if (problems.length > 0) {
      say(await explainFailure(cluster, name, [remora.namespace, shop, trafficNamespace], new Date()));
    }
    await upCluster.down();
  }
};

interface Telling {
  readonly cluster: TestCluster;
  readonly machine: Machine;
  readonly environment: Environment;
  readonly report: (line: string) => void;
  readonly require: (isRight: boolean, what: string) => void;
}

async function tell({ environment, ...given }: Telling): Promise<Figures> {
  const { cluster, machine, report, require } = given;
  const admissions = await recordAdmissions(cluster.client);
  const stage: NodesStage = { ...given, nodes: ['node1', machine.name], shop, admissions };
  report('installing Remora, and an app in a labelled namespace');
  await cluster.load('pause');
  await installRemora(cluster);
  await startApp(cluster);
  const spread = await seeSpread(stage);
  await startProbes(cluster);
  const traffic = await lookFromAll(stage, 'two nodes');
  report('both nodes reach everything; losing one');
  const loss = await loseNode(stage);
  report('draining');
  const drains = await drainNodes(stage);
  const joins = await joinNode(stage, environment);
  const bare = await seeNoneBare(stage);
  await admissions.close();
  require(admissions.countIn(shop) > 1_000, 'fewer than 1000 pods were made');
  return { spread, traffic, loss, drains, joins, bare };
}

/** Six pods that give a lost node up as soon as it is known to be lost, where five minutes are the default. */
async function startApp(cluster: TestCluster): Promise<void> {
  const tolerations = ['not-ready', 'unreachable'].map((state) => ({
    ...{ key: `node.kubernetes.io/${state}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 },
  }));
  const labels = { app: 'web' };
  await applyObjects(cluster, 'default', [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: plain } },
    // Named, since "auto" leaves out what an image that no registry knows might set itself.
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: shop, labels: enabled, annotations: { 'remora.dev/telemetry': 'node' } },
    },
  ]);
  await applyObjects(cluster, shop, [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: appReplicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { ...idleSpec(await cluster.image('pause')), tolerations } },
      },
    },
  ]);
  await cluster.kubectl('-n', shop, 'rollout', 'status', 'deployment/web', '--timeout=120s');
}

/** Both nodes have one of each pair of replicas, and pods of the app. */
async function seeSpread({ cluster, nodes, require, report }: NodesStage): Promise<Figures> {
  const placed: Record<string, readonly string[]> = {};
  for (const component of components) placed[component] = await nodesOf(cluster, component);
  placed['web'] = (await podsOf(cluster, shop, 'app=web')).map(({ spec }) => spec.nodeName ?? '').sort();
  for (const [what, on] of Object.entries(placed)) require(isSpread(on, nodes), `${what} is on ${on.join(', ')}`);
  // The planted case: a component of one replica is on one node only.
  const one = await nodesOf(cluster, 'remora-collector');
  require(one.length > 0 && !isSpread(one, nodes), `the look takes ${one.join(', ')} for spread`);
  report(`spread: ${JSON.stringify(placed)}`);
  return placed;
}

/** No pod of the labelled namespace came in bare at any moment; the same look finds two that must be. */
async function seeNoneBare({ cluster, admissions, require }: NodesStage): Promise<Figures> {
  const before = admissions.bareIn(shop);
  require(before.length === 0, `came in bare: ${before.join(', ')}`);
  await applyObjects(cluster, plain, [gatedPod('elsewhere')]);
  await applyObjects(cluster, shop, [gatedPod('out', disabled)]);
  // They came after all of the others: now nothing is still to be seen.
  await admissions.seen(plain, 'elsewhere', 20_000);
  await admissions.seen(shop, 'out', 20_000);
  const planted = [...admissions.bareIn(plain), ...admissions.bareIn(shop)];
  require(planted.join() === 'elsewhere,out', `the look for bare pods found ${planted.join(', ') || 'none'}`);
  return { seen: admissions.countIn(shop), bare: before.length, planted };
}
