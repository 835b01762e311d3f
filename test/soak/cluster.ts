import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../manifests/images/cache.ts';
import { run } from '../../manifests/images/command.ts';
import { systemTimer } from '../../runtime/clock.ts';
import { hierarchies } from '../cluster/cgroups.ts';
import { mountPoints, reap } from '../cluster/down.ts';
import { layoutOf, type Layout } from '../cluster/layout.ts';
import { up, type Cluster } from '../cluster/up.ts';
import { watchUntil } from '../cluster/watch.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { Soak, SoakContext } from './soak.ts';

interface Pod extends KubeObject {
  readonly status?: { readonly phase?: string };
}

const pods = { group: '', version: 'v1', plural: 'pods' } as const;
const runner = fileURLToPath(new URL('support/runner.ts', import.meta.url));

/**
 * Brings up two clusters at once, one of them with two nodes; takes them down; kills a runner, with and without its
 * guard; and looks for anything that is left. The same search is shown to find what a running cluster has.
 */
export const soak: Soak = async (context) => {
  const figures: Record<string, unknown> = {};
  const problems: string[] = [];
  const expectNothing = async (name: string, when: string): Promise<void> => {
    const left = await leftOf(layoutOf(name, context.environment), context.environment);
    if (left.length > 0) problems.push(`${when}: ${left.join(', ')}`);
  };

  const startedAt = systemTimer.now();
  const [one, two] = await Promise.all([
    up({ name: 'soak-one', ...context }),
    up({ name: 'soak-two', nodes: 2, ...context }),
  ]);
  figures.twoClustersMs = systemTimer.now() - startedAt;
  await Promise.all([one, two].map(async (cluster) => await runPods(cluster, 10)));
  // The planted case: what is looked for after taking down is found before.
  figures.foundWhileUp = (await leftOf(two.layout, context.environment)).length;
  if ((figures.foundWhileUp as number) < 10) problems.push('the search does not find a running cluster');
  await one.down();
  await expectNothing('soak-one', 'down');
  await runPods(two, 20);
  await two.down();
  await expectNothing('soak-two', 'down of two nodes');

  await killRunner('soak-kill', 'runner', context);
  figures.guardMs = await untilGone('soak-kill', context);
  await expectNothing('soak-kill', 'runner killed');

  await killRunner('soak-both', 'runner and guard', context);
  figures.reaped = await reap(context.environment);
  await expectNothing('soak-both', 'runner and guard killed, then the next run');

  return { passed: problems.length === 0, figures: { ...figures, problems } };
};

/** Runs pause pods until they are all running. */
async function runPods({ client }: Cluster, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const spec = { containers: [{ name: 'main', image: 'docker.io/remora-test/pause:1' }] };
    const object = { metadata: { name: `pod-${count}-${at}`, namespace: 'default' }, spec };
    const outcome = await client.create(pods, object);
    if (outcome.outcome === 'failed') throw new Error(outcome.message);
  }
  await watchUntil<Pod, true>({
    client,
    type: pods,
    namespace: 'default',
    what: 'every pod runs',
    deadlineMs: 120_000,
    until: (found) => (found.every(({ status }) => status?.phase === 'Running') ? true : undefined),
  });
}

/** All that a cluster has on this machine: files, processes, mounts, network namespaces, control groups. */
async function leftOf(layout: Layout, environment: Environment): Promise<readonly string[]> {
  const mounts = mountPoints(await readFile('/proc/self/mountinfo', 'utf8'));
  const namespaces = (await run('ip', ['netns', 'list'], environment)).split('\n');
  const processes = await Promise.all(
    (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .map(async (pid) => ({ pid, words: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') })),
  );
  const groups = hierarchies().map(({ folder }) => `${folder}/${layout.cgroup}`);
  return [
    ...(existsSync(layout.folder) ? [layout.folder] : []),
    ...mounts.filter((point) => point.startsWith(`${layout.folder}/`)),
    ...namespaces.filter((name) => name.startsWith(`remora-${layout.name}-`)),
    ...processes.filter(({ words }) => words.includes(`${layout.folder}/`)).map(({ pid }) => `process ${pid}`),
    ...groups.filter((group) => existsSync(group)),
  ];
}

/** Starts a runner of its own that brings a cluster up, and kills it. */
async function killRunner(name: string, what: 'runner' | 'runner and guard', context: SoakContext): Promise<void> {
  const child = spawn(process.execPath, [runner, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const guard = Number(/guard (\d+)/.exec(line.toString())?.[1]);
  context.report(`killing the ${what} of ${name}`);
  if (what === 'runner and guard') process.kill(guard, 'SIGKILL');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function untilGone(name: string, { environment }: SoakContext): Promise<number> {
  const startedAt = systemTimer.now();
  const { folder } = layoutOf(name, environment);
  while (existsSync(folder)) {
    if (systemTimer.now() - startedAt > 30_000) return Number.POSITIVE_INFINITY;
    await systemTimer.wait(50);
  }
  return systemTimer.now() - startedAt;
}
