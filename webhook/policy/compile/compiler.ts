import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegoFile } from '../types.ts';
import { refusedInTests, restrictCapabilities } from './capabilities.ts';
import { runOpa } from './child.ts';
import type { Tools } from './child.ts';
import { hashOf } from './hash.ts';
import { compileModule, compileNative, testFiles } from './jobs.ts';
import type { Permissions } from './jobs.ts';
import { busy, unavailable } from './opa.ts';
import type { Capabilities, Refusal } from './opa.ts';
import { createQueue } from './queue.ts';
import type { CompileLimits, Compiler } from './types.ts';
import { jobPrefix, unwritable, withWorkbench } from './workbench.ts';
import type { Workbench } from './workbench.ts';

export interface CompilerOptions extends Tools {
  /** A folder that is the compiler's alone and outlives nothing: in an emptyDir. Made when it is not there. */
  readonly folder: string;
  readonly limits: CompileLimits;
  /** Built-ins that a policy may not call, and why. */
  readonly refused: Readonly<Record<string, string>>;
}

export type CreatedCompiler =
  | { readonly outcome: 'ready'; readonly compiler: Compiler }
  | { readonly outcome: 'unavailable'; readonly message: string };

/** Asks the OPA that is there for its version and built-ins, and makes a compiler of it. */
export async function createCompiler(options: CompilerOptions): Promise<CreatedCompiler> {
  try {
    await mkdir(options.folder, { recursive: true });
    const left = (await readdir(options.folder)).filter((name) => name.startsWith(jobPrefix));
    await Promise.all(left.map(async (name) => await rm(join(options.folder, name), { recursive: true, force: true })));
    const [printed, permissions] = await Promise.all([ask(options, 'version'), writeCapabilities(options)]);
    const version = /^Version: (\S+)$/m.exec(printed)?.[1];
    if (version === undefined) return { outcome: 'unavailable', message: `${options.opaPath} names no version` };
    return { outcome: 'ready', compiler: compilerOf(version, permissions, options) };
  } catch (error) {
    return { outcome: 'unavailable', message: outageOf(error) };
  }
}

function compilerOf(version: string, permissions: Permissions, options: CompilerOptions): Compiler {
  const { limits, folder } = options;
  const queue = createQueue(limits);

  const job = async <T>(
    files: readonly RegoFile[],
    owner: string,
    signal: AbortSignal | undefined,
    work: (bench: Workbench) => Promise<T>,
  ): Promise<T | Refusal> => {
    const bad = unwritable(files);
    if (bad !== undefined) return { outcome: 'refused', problems: [bad] };
    const run = async (taken: AbortSignal): Promise<T | Refusal> => {
      const clock = new AbortController();
      const timer = setTimeout(() => clock.abort(new Error(`it took longer than ${limits.wallMs} ms`)), limits.wallMs);
      try {
        const both = AbortSignal.any([taken, clock.signal]);
        const made = await withWorkbench(files, { folder, tools: options, limits }, both, work);
        return taken.aborted ? busy('it was given up before its end') : made;
      } catch (error) {
        return unavailable(outageOf(error));
      } finally {
        clearTimeout(timer);
      }
    };
    const queued = await queue.run(owner, run, signal);
    return queued.outcome === 'done' ? queued.value : busy(queued.reason);
  };

  return {
    version,
    compile: async (source, owner, signal) => {
      const hash = hashOf(source, version);
      return await job(source.files, owner, signal, async (bench) =>
        'entrypoints' in source
          ? await compileModule(bench, source, hash, permissions)
          : await compileNative(bench, source, hash, permissions),
      );
    },
    test: async (source, owner, signal) =>
      await job([...source.files, ...source.tests], owner, signal, async (bench) =>
        testFiles(bench, source, limits.testMs, permissions),
      ),
    drain: async () => await queue.drain(),
  };
}

/** Writes what OPA may know of beside the jobs' folders, once. */
async function writeCapabilities(options: CompilerOptions): Promise<Permissions> {
  const write = async (name: string, refused: CompilerOptions['refused'], current: string): Promise<Capabilities> => {
    const path = join(options.folder, `${name}.json`);
    const { text, names } = restrictCapabilities(current, new Set(Object.keys(refused)));
    await writeFile(path, text);
    return { path, allowed: names, refused };
  };
  const inTests = { ...options.refused, ...refusedInTests };
  const words = ['capabilities', '--current'];
  const [v1, v0] = await Promise.all([ask(options, ...words), ask(options, ...words, '--v0-compatible')]);
  return {
    policy: { v1: await write('policy-v1', options.refused, v1), v0: await write('policy-v0', options.refused, v0) },
    tests: { v1: await write('tests-v1', inTests, v1), v0: await write('tests-v0', inTests, v0) },
  };
}

/** Generous: a replica that starts on a busy node has nothing to lose by waiting. */
const startMs = 60_000;

/** What OPA prints about itself: no stranger's text is in it, and a replica that starts waits for it. */
async function ask(options: CompilerOptions, ...words: readonly string[]): Promise<string> {
  const ended = await runOpa(words, options.folder, options, options.limits, AbortSignal.timeout(startMs), 'normal');
  if (ended.outcome !== 'ended') throw new Outage(ended.reason);
  if (ended.status !== 0) throw new Outage(`opa ${words.join(' ')} failed: ${ended.errors.slice(0, 200)}`);
  return ended.output;
}

/** Why OPA cannot be asked. */
class Outage extends Error {}

/** A full disk and the like are outages; anything else is a bug of ours, and no outcome. */
function outageOf(error: unknown): string {
  if (error instanceof Outage) return error.message;
  if (error instanceof Error && 'errno' in error) return error.message;
  throw error;
}
