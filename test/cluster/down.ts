import { readFile, readdir, readlink, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../manifests/images/cache.ts';
import { run } from '../../manifests/images/command.ts';
import { systemTimer } from '../../runtime/clock.ts';
import { processesIn, removeGroups } from './cgroups.ts';
import { layoutOf, nodeLayout, type Layout, type NodeLayout } from './layout.ts';
import { removeNetwork } from './network.ts';
import { isRunning, readRecords, whileChanging, type ClusterRecord } from './record.ts';

/** How long the killed processes of a cluster may take to be gone. */
const killDeadlineMs = 20_000;
const containerLogLinks = '/var/log/containers';
const networkResults = '/var/lib/cni/results';

/**
 * Takes a cluster down, whatever state it is in: every process in its control group, every mount under its folder, its
 * network, groups and files. What is gone already is no failure, so that a second call does what the first could not.
 *
 * @throws Error when something is left, with what; the record then stays, for the next try.
 */
export async function down(record: ClusterRecord, environment: Environment): Promise<void> {
  const layout = layoutOf(record.name, environment);
  await killAll(`cluster ${layout.name}`, async () => await processesIn(layout.cgroup));
  await removeShimSockets(record.nodeNames.map((node) => nodeLayout(layout, node)));
  await unmountAll(layout.folder, environment);
  await removeNetwork(layout, record.number, record.nodeNames, environment);
  await removeGroups(layout.cgroup);
  await removeSharedFiles(layout);
  // A mount that is left would have its files deleted through it.
  const left = await mountsUnder(layout.folder);
  if (left.length > 0) {
    throw new Error(`cluster ${record.name}: still mounted, so its folder stays: ${left.join(', ')}`);
  }
  await rm(layout.folder, { recursive: true, force: true });
}

/** Takes down every cluster whose owner is gone without having done so. Returns their names. */
export async function reap(environment: Environment): Promise<readonly string[]> {
  return await whileChanging(environment, async () => {
    const reaped: string[] = [];
    for (const record of await readRecords(environment)) {
      if (record.owner !== undefined && !(await isRunning(record.owner))) {
        await down(record, environment);
        reaped.push(record.name);
      }
    }
    return reaped;
  });
}

/**
 * Kills what `find` finds until it finds nothing.
 *
 * @throws Error when a process does not end, with the title and its number.
 */
export async function killAll(title: string, find: () => Promise<readonly number[]>): Promise<void> {
  const startedAt = systemTimer.now();
  for (;;) {
    const pids = await find();
    if (pids.length === 0) return;
    if (systemTimer.now() - startedAt > killDeadlineMs) {
      throw new Error(`${title}: processes ${pids.join(', ')} do not end`);
    }
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended between being listed and being killed.
      }
    }
    await systemTimer.wait(20);
  }
}

/** A killed shim leaves its socket in a folder that all of the machine's containerds share. */
export async function removeShimSockets(nodes: readonly NodeLayout[]): Promise<void> {
  for (const { containerdState } of nodes) {
    const tasks = join(containerdState, 'io.containerd.runtime.v2.task');
    const files = await readdir(tasks, { recursive: true }).catch(() => []);
    for (const file of files.filter((name) => name.endsWith('/bootstrap.json'))) {
      const { address } = JSON.parse(await readFile(join(tasks, file), 'utf8')) as { readonly address?: string };
      if (address?.startsWith('unix://') === true) {
        await unlink(address.slice('unix://'.length)).catch(() => undefined);
      }
    }
  }
}

/** Takes away every mount under a folder. */
export async function unmountAll(folder: string, environment: Environment): Promise<void> {
  const points = await mountsUnder(folder);
  // Those mounted last first; lazily, since a killed process may not yet have let go of its files.
  for (const point of points.toReversed()) {
    await run('umount', ['-l', point], environment).catch(() => undefined);
  }
}

async function mountsUnder(folder: string): Promise<readonly string[]> {
  return mountPoints(await readFile('/proc/self/mountinfo', 'utf8')).filter((point) => point.startsWith(`${folder}/`));
}

/** Mount points in the order in which they were mounted (proc_pid_mountinfo(5)), octal escapes read. */
export function mountPoints(mountinfo: string): readonly string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point !== '')
    .map((point) =>
      point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    );
}

/** The kubelet and the CNI library each keep a file per container in a folder that no setting moves. */
async function removeSharedFiles(layout: Layout): Promise<void> {
  for (const name of await readdir(containerLogLinks).catch(() => [])) {
    const path = join(containerLogLinks, name);
    const target = await readlink(path).catch(() => '');
    if (target.startsWith(`${layout.folder}/`)) await unlink(path).catch(() => undefined);
  }
  for (const name of await readdir(networkResults).catch(() => [])) {
    const path = join(networkResults, name);
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text.includes(`"${layout.folder}/`)) await unlink(path).catch(() => undefined);
  }
}
