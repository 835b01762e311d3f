import { plant } from './access.ts';
import { differences } from './compare.ts';
import { examine, runCheck } from './examine.ts';
import { grantsOf, grantText, type Grant } from './grants.ts';
import { holdsLease } from './lease.ts';
import { table } from './table.ts';
import type { World } from './world.ts';

/** Longer than a leader may fail to renew, so that it has stopped leading when it wins again. */
const silenceMs = 14_000;

/**
 * Cases that the soak must catch, or it would find nothing: a right that the table does not know, a right that nothing
 * needs, and a product that says nothing of a right that it lacks. Returns those that were not caught.
 */
export async function plantedCases(world: World, grants: readonly Grant[]): Promise<readonly string[]> {
  const { cluster, namespace } = world;
  const surplus: Grant = {
    account: 'remora-control',
    right: { verb: 'get', group: '', resource: 'secrets', name: 'planted' },
    scope: namespace,
    role: { kind: 'Role', name: 'remora-control', namespace },
  };
  const problems: string[] = [];
  const tookMs = await runCheck(world, holdsLease);

  const takeOff = await plant(cluster.client, surplus.role, {
    apiGroups: [''],
    resources: ['secrets'],
    resourceNames: ['planted'],
    verbs: ['get'],
  });
  const granted = await grantsOf(cluster.client, namespace);
  const found = differences(granted.map(grantText), table.keys());
  if (found.length !== 1 || !found[0]?.startsWith(grantText(surplus))) {
    problems.push(`a planted right was to be found alone: ${found.join('; ') || 'nothing was found'}`);
  }
  const unneeded = await examine(world, surplus, granted, holdsLease, { tookMs });
  if (unneeded.verdict.code !== 'NotNeeded')
    problems.push(`a planted right that nothing needs is ${unneeded.verdict.code}`);
  await takeOff();

  const renewal = 'remora-control: get coordination.k8s.io/leases/remora-control in remora-system';
  const needed = grants.find((grant) => grantText(grant) === renewal);
  if (needed === undefined) return [...problems, `the chart does not grant ${renewal}`];
  const silent = {
    ...holdsLease,
    provoke: async (there: World) => ({ ...(await holdsLease.provoke(there)), lines: [] }),
  };
  const unheard = await examine(world, needed, grants, silent, { tookMs, silenceMs });
  if (unheard.verdict.code !== 'Silent') problems.push(`a product that says nothing is ${unheard.verdict.code}`);
  return problems;
}
