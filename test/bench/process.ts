import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

export interface StartOptions {
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  /** Core to run on; absent: any. */
  readonly core?: number;
  /** File that gets its output. */
  readonly logFile: string;
}

/** A process that this benchmark started, and ends. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  /** CPU time so far, of all its threads. */
  cpuSeconds(): Promise<number>;
  /** Memory now: all that is mapped and present, and the part of it that is its own. */
  memoryBytes(): Promise<{ readonly rss: number; readonly anonymous: number }>;
}

/** Starts a process; it is ended, and waited for, when it is disposed of. */
export function start({ command, environment, core, logFile }: StartOptions): Running {
  const [program, ...args] = core === undefined ? command : onCore(core, command);
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} could not be started`);
  return {
    pid,
    cpuSeconds: () => cpuSeconds(pid),
    memoryBytes: () => memoryBytes(pid),
    [Symbol.asyncDispose]: () => end(child),
  };
}

/**
 * A command that runs on one core, before what else the machine does, as far as the user may ask for that (`nice` goes
 * on without). Each word replaces itself by the next, so that the pid is the command's own.
 */
export function onCore(core: number, command: readonly string[]): readonly [string, ...string[]] {
  return ['taskset', '-c', String(core), 'nice', '-n', '-15', ...command];
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

/** Nanoseconds on a CPU of each thread (proc(5), schedstat); finer than the clock ticks of /proc/<pid>/stat. */
async function cpuSeconds(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const times = await Promise.all(
    threads.map(async (thread) => {
      const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0');
      return Number(text.split(' ', 1)[0]);
    }),
  );
  return times.reduce((sum, time) => sum + time, 0) / 1e9;
}

async function memoryBytes(pid: number): Promise<{ readonly rss: number; readonly anonymous: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kibibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN);
  return { rss: kibibytes('VmRSS') * 1024, anonymous: kibibytes('RssAnon') * 1024 };
}

/** Asks again and again, until `isReady` or the deadline. */
export async function until(what: string, isReady: () => Promise<boolean>, deadlineMs = 30_000): Promise<void> {
  const deadlineAt = Date.now() + deadlineMs;
  while (!(await isReady().catch(() => false))) {
    if (Date.now() > deadlineAt) throw new Error(`${what} was not ready within ${deadlineMs} ms`);
    await delay(50);
  }
}
