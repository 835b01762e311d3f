import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** The programs that a child is made of. */
export interface Tools {
  readonly opaPath: string;
  /** util-linux: sets the limits, then becomes opa. */
  readonly prlimitPath: string;
  /** coreutils: lowers the priority, then becomes prlimit. */
  readonly nicePath: string;
}

export interface ChildLimits {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly outputBytes: number;
  readonly fileBytes: number;
}

export type Ended =
  /** It ended by itself, with an exit status that OPA documents: 0, 1, or 2 for failed tests. */
  | { readonly outcome: 'ended'; readonly status: number; readonly output: string; readonly errors: string }
  /** It ran into a limit, was taken back, or broke down over the text that it was given. */
  | { readonly outcome: 'stopped'; readonly reason: string }
  /** It could not be started: nothing is known about the text. */
  | { readonly outcome: 'unavailable'; readonly reason: string };

/**
 * Runs opa once, in `folder`, on text that a stranger wrote: lowest priority unless said, limits by setrlimit(2), an environment
 * with nothing but Go's own limits, no standard input.
 */
export async function runOpa(
  words: readonly string[],
  folder: string,
  tools: Tools,
  limits: ChildLimits,
  signal: AbortSignal,
  priority: 'lowest' | 'normal' = 'lowest',
): Promise<Ended> {
  if (signal.aborted) return { outcome: 'stopped', reason: reasonOf(signal) };
  const prlimit = [
    `--cpu=${limits.cpuSeconds}`,
    `--data=${limits.memoryBytes}`,
    `--fsize=${limits.fileBytes}`,
    '--core=0',
    tools.opaPath,
    ...words,
  ];
  const child = spawn(tools.nicePath, ['-n', priority === 'lowest' ? '19' : '0', tools.prlimitPath, ...prlimit], {
    cwd: folder,
    env: {
      GOMAXPROCS: '1',
      // Go collects harder when it comes near, so that the hard limit stops only what truly needs more.
      GOMEMLIMIT: String(Math.floor(limits.memoryBytes * 0.8)),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stopped: string | undefined;
  const stop = (reason: string): void => {
    stopped ??= reason;
    child.kill('SIGKILL');
  };
  const onAbort = (): void => stop(reasonOf(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  const tooMuch = (): void => stop(`OPA printed more than ${limits.outputBytes} bytes`);
  const output = collect(child.stdout, limits.outputBytes, tooMuch);
  const errors = collect(child.stderr, limits.outputBytes, tooMuch);
  const exit = await new Promise<Exit>((resolve) => {
    child.once('error', (error) => resolve({ failed: error.message }));
    child.once('close', (status, killedBy) => resolve({ status, killedBy }));
  });
  signal.removeEventListener('abort', onAbort);
  if ('failed' in exit) return { outcome: 'unavailable', reason: exit.failed };
  if (stopped !== undefined) return { outcome: 'stopped', reason: stopped };
  return judge(exit, output(), errors(), limits);
}

type Exit = { readonly failed: string } | { readonly status: number | null; readonly killedBy: NodeJS.Signals | null };

/** Statuses by which nice, prlimit and the shell say that they could not start the next program. */
const notStarted: readonly number[] = [125, 126, 127];

function judge(
  { status, killedBy }: Exclude<Exit, { readonly failed: string }>,
  output: string,
  errors: string,
  limits: ChildLimits,
): Ended {
  // The kernel sends SIGKILL at the hard limit of CPU; Go ignores the softer SIGXCPU, and SIGXFSZ ends a write.
  if (killedBy === 'SIGKILL' || killedBy === 'SIGXCPU') {
    return {
      outcome: 'stopped',
      reason: `OPA needed more than ${limits.cpuSeconds} s of CPU, or more memory than there is`,
    };
  }
  const breakdown = /^(?:fatal error|panic|runtime): .*$/m.exec(errors)?.[0];
  if (breakdown !== undefined && /out of memory|cannot allocate|stack overflow|failed to reserve/.test(errors)) {
    return { outcome: 'stopped', reason: `OPA needed more than ${megabytes(limits.memoryBytes)} of memory` };
  }
  if (killedBy !== null) {
    return { outcome: 'stopped', reason: `OPA ended by ${killedBy}: it needed more memory or space than it may have` };
  }
  if (status !== null && notStarted.includes(status)) {
    return { outcome: 'unavailable', reason: errors.trim().slice(0, 200) };
  }
  if (breakdown !== undefined) return { outcome: 'stopped', reason: `OPA broke down: ${breakdown.slice(0, 200)}` };
  // Go may find no memory to say so; OPA's own status 2 comes with the results of tests.
  if (status !== 0 && status !== 1 && output.trim() === '') {
    return {
      outcome: 'stopped',
      reason: `OPA ended without a word: it may need more than ${megabytes(limits.memoryBytes)} of memory`,
    };
  }
  return { outcome: 'ended', status: status ?? 1, output, errors };
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / (1024 * 1024))} MiB`;
}

function reasonOf(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
}

/** Keeps what a stream brings up to the limit; the text is read when the stream has ended. */
function collect(stream: Readable, limitBytes: number, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  stream.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) tooMuch();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
