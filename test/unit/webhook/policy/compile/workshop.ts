import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { refused } from '../../../../../webhook/policy/builtins/table.ts';
import { createCompiler } from '../../../../../webhook/policy/compile/compiler.ts';
import { defaultLimits } from '../../../../../webhook/policy/compile/types.ts';
import type { Compiled, CompileLimits, Compiler } from '../../../../../webhook/policy/compile/types.ts';
import type { RegoFile, RegoProblem } from '../../../../../webhook/policy/types.ts';
import { findOpa } from '../builtins/oracle.ts';

/** Generous: other work may have the machine. What a test is about, it limits by itself. */
const patient: CompileLimits = { ...defaultLimits, cpuSeconds: 60, wallMs: 300_000, testMs: 60_000 };

/** A compiler with the real OPA, and what the tests ask beside it. */
export interface Workshop {
  readonly compiler: Compiler;
  readonly folder: string;
  readonly opa: string;
  /** Takes the compiler and its folder away. */
  close(): Promise<void>;
}

export async function openWorkshop(
  limits: Partial<CompileLimits> = {},
  forbidden: Readonly<Record<string, string>> = refused,
): Promise<Workshop> {
  const opa = await findOpa();
  const folder = await mkdtemp(join(tmpdir(), 'remora-compile-'));
  const created = await createCompiler({
    opaPath: opa,
    prlimitPath: '/usr/bin/prlimit',
    nicePath: '/usr/bin/nice',
    folder,
    limits: { ...patient, ...limits },
    refused: forbidden,
  });
  if (created.outcome !== 'ready') throw new Error(created.message);
  const { compiler } = created;
  return {
    compiler,
    folder,
    opa,
    close: async () => {
      await compiler.drain();
      await rm(folder, { recursive: true });
    },
  };
}

export function rego(text: string, name = 'policy.rego'): RegoFile {
  return { name, text };
}

/** Compiles one native policy as the tests' namespace. */
export async function compile({ compiler }: Workshop, ...texts: readonly string[]): Promise<Compiled> {
  const files = texts.map((text, at) => rego(text, at === 0 ? 'policy.rego' : `policy-${at}.rego`));
  return await compiler.compile({ files, package: undefined }, 'shop');
}

export function problemsOf(outcome: {
  readonly outcome: string;
  readonly problems?: readonly RegoProblem[];
}): readonly RegoProblem[] {
  return outcome.problems ?? [];
}

export function codesOf(outcome: Parameters<typeof problemsOf>[0]): readonly string[] {
  return problemsOf(outcome).map(({ code }) => code);
}

/** Runs OPA as a person would. */
export async function askOpa(
  { opa }: Workshop,
  ...words: readonly string[]
): Promise<{ readonly status: number; readonly printed: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(opa, words, { maxBuffer: 1 << 28 });
    return { status: 0, printed: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, printed: stdout + stderr };
  }
}
