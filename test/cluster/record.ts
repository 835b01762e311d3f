import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { whileLocked, type Environment } from '../../manifests/images/cache.ts';
import { runFolder, type Layout } from './layout.ts';

/** A process that cannot be mistaken for a later one of the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after the machine's start (proc_pid_stat(5), field 22). */
  readonly startTicks: string;
}

/** What was, or may have been, made for a cluster: all that taking it down needs to know. */
export interface ClusterRecord {
  readonly name: string;
  readonly nodeNames: readonly string[];
  /** Of its addresses; claimed by making the link of that number. */
  readonly number: number;
  /** The cluster goes when this process goes; absent: it stays until someone takes it down. */
  readonly owner?: ProcessIdentity;
}

/** The running process of that number, or undefined when there is none. */
export async function processIdentity(pid: number | 'self'): Promise<ProcessIdentity | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return status === undefined ? undefined : parseStatus(status);
}

/**
 * Reads /proc/<pid>/stat: the command, in parentheses, may itself hold spaces and parentheses. A process that ended and
 * was not yet waited for (state Z or X) runs no more.
 */
export function parseStatus(status: string): ProcessIdentity | undefined {
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const isEnded = fields[0] === 'Z' || fields[0] === 'X';
  return isEnded ? undefined : { pid: Number.parseInt(status, 10), startTicks: fields[19] ?? '' };
}

export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await processIdentity(identity.pid))?.startTicks === identity.startTicks;
}

export async function writeRecord(layout: Layout, record: ClusterRecord): Promise<void> {
  await mkdir(layout.folder, { recursive: true });
  await writeFile(`${layout.record}.draft`, JSON.stringify(record));
  await rename(`${layout.record}.draft`, layout.record);
}

/**
 * Runs `work` while no other process decides over the clusters of this cache: whether a name is free, whether an owner
 * is gone. Not for starting one, which takes long and concerns nobody else.
 */
export async function whileChanging<T>(environment: Environment, work: () => Promise<T>): Promise<T> {
  return await whileLocked(join(runFolder(environment), '.lock'), work);
}

/** Every cluster that was brought up and not yet taken down, whether it still runs or not. */
export async function readRecords(environment: Environment): Promise<readonly ClusterRecord[]> {
  const folder = runFolder(environment);
  const names = (await readdir(folder).catch(() => [])).sort();
  const texts = await Promise.all(
    names.map(async (name) => await readFile(join(folder, name, 'cluster.json'), 'utf8').catch(() => undefined)),
  );
  return texts.filter((text) => text !== undefined).map((text) => JSON.parse(text) as ClusterRecord);
}
