import type { KubeObject } from '../../kube/types.ts';
import { withCluster, type TestCluster } from '../e2e/harness/cluster.ts';
import { uninstallChart } from '../e2e/harness/chart.ts';
import { explainFailure } from '../e2e/harness/failure.ts';
import { remora } from '../e2e/harness/remora.ts';
import type { Soak } from './soak.ts';
import type { Check } from './support/rbac/check.ts';
import { differences } from './support/rbac/compare.ts';
import { examine, runCheck, type Examined } from './support/rbac/examine.ts';
import { grantsOf, grantText, type Grant } from './support/rbac/grants.ts';
import { valueOf } from './support/rbac/outcome.ts';
import { plantedCases } from './support/rbac/planted.ts';
import { table } from './support/rbac/table.ts';
import { prepareUninstall } from './support/rbac/uninstall.ts';
import { createWorld, type World } from './support/rbac/world.ts';

/**
 * Takes every single right of the chart away in turn, on a real cluster, and shows that something of the product is
 * not there without it, that the product says so, and that it comes back with the right.
 *
 * A right that the table of checks does not know, one that nothing needs, and one whose absence the product does not
 * tell, are each a failure; such cases are planted first.
 */
export const soak: Soak = async ({ report }) =>
  await withCluster({ name: 'soak-rbac' }, async (cluster) => {
    const world = await createWorld(cluster);
    await prepareUninstall(cluster);
    const { client } = cluster;
    const grants = await grantsOf(client, world.namespace);
    const accounts = await countedByAccount(cluster, grants);
    const problems = [...differences(grants.map(grantText), table.keys())];
    problems.push(...(await plantedCases(world, grants)));
    report(`${grants.length} rights; planted cases: ${problems.length === 0 ? 'caught' : problems.join('; ')}`);

    const results = await examineAll(world, grants, report);
    problems.push(...results.problems, ...(await uninstallAtTheEnd(world)));
    const { checks, rights } = results;
    const examined = Object.keys(rights).length;
    const passed = problems.length === 0 && examined === grants.length;
    return { passed, figures: { accounts, examined, problems, checks, rights } };
  });

interface Results {
  readonly problems: readonly string[];
  /** Each check by what it shows: how it is provoked, and how long it takes with all rights. */
  readonly checks: Readonly<Record<string, unknown>>;
  /** Each right: which check fails without it, what the process says then, and when the check passed again. */
  readonly rights: Readonly<Record<string, unknown>>;
}

async function examineAll(world: World, grants: readonly Grant[], report: (line: string) => void): Promise<Results> {
  const problems: string[] = [];
  const checks: Record<string, unknown> = {};
  const rights: Record<string, unknown> = {};
  const tookMs = new Map<string, number>();
  for (const [text, check] of table) {
    const grant = grants.find((each) => grantText(each) === text);
    if (grant === undefined) continue;
    const { shows, provokedBy, recovers } = check;
    try {
      const known = tookMs.get(shows) ?? (await runCheck(world, check));
      tookMs.set(shows, known);
      checks[shows] = { provokedBy, recovers, tookMs: known };
      const examined = await examine(world, grant, grants, check, { tookMs: known });
      const described = `${text}: ${describe(check, examined)}`;
      if (examined.verdict.code !== 'Fails') problems.push(described);
      rights[text] = { shows, ...examined.verdict, backAfterMs: examined.backAfterMs };
      report(described);
    } catch (error) {
      problems.push(`${text}: ${String(error)}`);
      report(`${text}: ${String(error)}`);
      report(await explainFailure(world.cluster, 'soak-rbac', [world.namespace, world.shop], new Date()));
    }
  }
  return { problems, checks, rights };
}

function describe({ shows }: Check, { verdict, backAfterMs }: Examined): string {
  switch (verdict.code) {
    case 'Fails':
      return `fails (${verdict.deniedAfterMs} ms until it said so), and is back after ${backAfterMs} ms`;
    case 'NotNeeded':
      return `is not needed, or its check does not show for what: ${shows}, without it (${verdict.evidence})`;
    case 'Silent':
      return `fails without a word in ${verdict.waitedMs} ms: ${shows}, with it`;
  }
}

/** With all rights, the whole of it goes. */
async function uninstallAtTheEnd(world: World): Promise<readonly string[]> {
  try {
    await world.reinstall();
    await uninstallChart(world.cluster, remora.release, world.namespace);
    return [];
  } catch (error) {
    return [`with all rights: ${String(error)}`];
  } finally {
    world.close();
  }
}

/** How many rights each ServiceAccount has, also those that have none. */
async function countedByAccount(cluster: TestCluster, grants: readonly Grant[]): Promise<Record<string, number>> {
  const type = { group: '', version: 'v1', plural: 'serviceaccounts' };
  const { items } = valueOf(await cluster.client.list<KubeObject>(type, { namespace: remora.namespace }));
  const names = items.map(({ metadata }) => metadata.name ?? '');
  return Object.fromEntries(names.map((name) => [name, grants.filter(({ account }) => account === name).length]));
}
