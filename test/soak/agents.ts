import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheRoot } from '../../manifests/images/cache.ts';
import { run } from '../../manifests/images/command.ts';
import { fillTelemetry } from '../../sidecars/telemetry/image.ts';
import type { Soak } from './soak.ts';
import { writePrograms } from './support/agents/programs.ts';
import { startReceiver } from './support/agents/receiver.ts';
import { makeTrials } from './support/agents/trials.ts';
import { tryOut } from './support/agents/trial.ts';

/**
 * Runs the language agents in every runtime that can be had here: those that are traced, and those that are left alone
 * with one coded line or none. No libc is asked for: the agents hold no native file, which is looked for too.
 */
export const soak: Soak = async ({ environment, report }) => {
  const scratch = await mkdtemp(join(tmpdir(), 'remora-agents-'));
  const receiver = await startReceiver();
  try {
    const agents = join(scratch, 'agents');
    const cache = join(cacheRoot(environment), 'telemetry');
    await fillTelemetry(agents, { architecture: process.arch === 'x64' ? 'amd64' : 'arm64', cache, environment });
    const programs = await writePrograms(join(scratch, 'programs'), join(agents, 'java/remora.jar'), environment);
    const { trials, skipped } = await makeTrials({ agents, programs, scratch }, environment);
    const problems: string[] = [];
    for (const trial of trials) {
      const problem = await tryOut(trial, receiver);
      report(`${problem === undefined ? 'as meant' : 'NOT AS MEANT'}: ${trial.name} ${describe(trial.expected)}`);
      if (problem !== undefined) problems.push(problem);
    }
    for (const reason of skipped) report(`skipped: ${reason}`);
    const native = await nativeFiles(agents);
    // The program that copies is one, and static: the search finds what there is to find.
    if (native.join() !== 'copy') problems.push(`native files: ${native.join(', ')}`);
    const jars = (await run('jar', ['--list', '--file', join(agents, 'java/opentelemetry-javaagent.jar')], environment))
      .split('\n')
      .filter((name) => /\.(so|dll|dylib|jnilib)$/.test(name));
    const figures = {
      asMeant: trials.map((trial) => `${trial.name} ${describe(trial.expected)}`),
      skipped,
      native,
      nativeInJavaAgent: jars,
      problems,
    };
    return { passed: problems.length === 0, figures };
  } finally {
    receiver.close();
    await rm(scratch, { recursive: true });
  }
};

function describe(expected: Parameters<typeof tryOut>[0]['expected']): string {
  return expected.outcome === 'leaves' ? `leaves with ${expected.code}` : expected.outcome;
}

/** Files below a folder that only one kind of machine or libc can load: those that begin as ELF does. */
async function nativeFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    await file.close();
    if (bytesRead === 4 && buffer.toString('latin1') === '\x7fELF') found.push(path.slice(folder.length + 1));
  }
  return found.sort();
}
