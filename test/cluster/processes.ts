import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../manifests/images/cache.ts';
import { hierarchies, trackingFolder } from './cgroups.ts';
import type { Layout } from './layout.ts';
import { inNamespace } from './network.ts';

/** One long-running program of a cluster. */
export interface Program {
  /** Name of its log: `node1-kubelet`. */
  readonly name: string;
  readonly path: string;
  readonly words: readonly string[];
  readonly networkNamespace: string;
  /** Folder that is put before PATH: containerd finds its shim there. */
  readonly searchFirst?: string;
}

/** A started program; `failure` settles only if it ends by itself. */
export interface Started {
  readonly failure: Promise<never>;
}

/** The name of the group that holds the programs themselves, beside those of the nodes' pods. */
export function programsGroup(layout: Layout): string {
  return `${layout.cgroup}/programs`;
}

/**
 * Starts a program in its network namespace, in the cluster's control group, with its output in a log file. It goes on
 * when this process ends; taking the cluster down finds it by its group.
 */
export async function start(program: Program, layout: Layout, environment: Environment): Promise<Started> {
  const log = logFile(layout, program.name);
  await mkdir(layout.logs, { recursive: true });
  const output = openSync(log, 'a');
  // The shell joins the group before the program exists, so that nothing that it starts can be outside.
  const procs = join(trackingFolder(hierarchies()), programsGroup(layout), 'cgroup.procs');
  const words = ['-c', 'echo $$ > "$0" && exec "$@"', procs];
  const child = spawn(
    'sh',
    [...words, 'nsenter', ...inNamespace(program.networkNamespace), program.path, ...program.words],
    {
      cwd: layout.folder,
      detached: true,
      stdio: ['ignore', output, output],
      env: {
        ...environment,
        PATH: [...(program.searchFirst === undefined ? [] : [program.searchFirst]), environment['PATH']].join(':'),
      },
    },
  );
  closeSync(output);
  child.unref();
  const failure = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      lastLines(log).then((lines) => {
        reject(
          new Error(
            `${program.name} ended by itself (${signal ?? `exit code ${code ?? 'unknown'}`}): ${log}\n${lines}`,
          ),
        );
      }, reject);
    });
  });
  // A cluster that is taken down ends its programs, which is no failure of anyone who no longer waits for them.
  failure.catch(() => undefined);
  return { failure };
}

export function logFile(layout: Layout, program: string): string {
  return join(layout.logs, `${program}.log`);
}

/** The end of a log, for an error message. */
export async function lastLines(path: string, count = 15): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
