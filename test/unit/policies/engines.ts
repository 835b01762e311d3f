import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { builtins } from '../../../webhook/policy/builtins/table.ts';
import type { Builtin } from '../../../webhook/policy/builtins/types.ts';
import type { Compiler } from '../../../webhook/policy/compile/types.ts';
import { createEvaluator } from '../../../webhook/policy/evaluate/evaluator.ts';
import type { RegoFile, Violation } from '../../../webhook/policy/types.ts';
import type { GeneratedRequest } from './requests.ts';

/** What a rule said of one request, in its own order; `undefined` when the rule is undefined. */
export type Said = readonly Violation[] | undefined;

/** What every rule of a policy said of every request. */
export type Answers = Readonly<Record<string, readonly Said[]>>;

/** Compiles files as the webhook does and asks every rule, by the Wasm and the built-ins of ours. */
export async function askWebhook(
  compiler: Compiler,
  files: readonly RegoFile[],
  requests: readonly GeneratedRequest[],
  changed: Readonly<Record<string, Builtin>> = {},
): Promise<Answers> {
  const compiled = await compiler.compile({ files, package: undefined }, 'test');
  if (compiled.outcome === 'refused') throw new Error(JSON.stringify(compiled.problems));
  const { wasm, entrypoints } = compiled.module;
  const evaluator = createEvaluator({
    builtins: new Map(Object.entries({ ...builtins, ...changed })),
    limits: { instanceBytes: 64 << 20, keptBytes: 64 << 20, resultBytes: 1 << 20 },
    context: () => ({ nowNanoseconds: 0n, random: () => 0, cache: new Map() }),
    collectGarbage: () => undefined,
  });
  evaluator.add('m', await WebAssembly.compile(wasm));
  const ask = (entrypoint: string, { request, parameters }: GeneratedRequest): Said => {
    const item = { module: 'm', entrypoint, input: 'native', parameters: JSON.stringify(parameters) } as const;
    const evaluation = evaluator.evaluate(Buffer.from(JSON.stringify(request)), item);
    if (evaluation.outcome === 'failed') throw new Error(`${evaluation.code}: ${evaluation.message}`);
    return evaluation.violations;
  };
  return Object.fromEntries(
    entrypoints.map((entrypoint) => [entrypoint, requests.map((request) => ask(entrypoint, request))]),
  );
}

/** Asks the same rules of `opa eval`, all requests in one process. */
export async function askOpa(
  opa: string,
  files: readonly RegoFile[],
  requests: readonly GeneratedRequest[],
  entrypoints: readonly string[],
): Promise<Answers> {
  const folder = await mkdtemp(join(tmpdir(), 'remora-engines-'));
  try {
    const inputs = requests.map(({ request, parameters }) => ({ ...request, review: request, parameters }));
    const rules = entrypoints.map(
      (entrypoint) =>
        `answers["${entrypoint}"][at] := said if {
           some at, one in data.inputs
           said := data.${entrypoint.replaceAll('/', '.')} with input as one
         }`,
    );
    await writeFile(join(folder, 'inputs.json'), JSON.stringify({ inputs }));
    await writeFile(join(folder, 'oracle.rego'), ['package oracle', ...rules].join('\n\n'));
    for (const { name, text } of files) await writeFile(join(folder, name), text);
    const words = ['eval', '--format', 'json', '--data', folder, 'data.oracle.answers'];
    const { stdout } = await promisify(execFile)(opa, words, { maxBuffer: 1 << 28 });
    const { result } = JSON.parse(stdout) as {
      readonly result: readonly { readonly expressions: readonly { readonly value: Written }[] }[];
    };
    const value = result[0]?.expressions[0]?.value ?? {};
    return Object.fromEntries(
      entrypoints.map((entrypoint) => [entrypoint, requests.map((_, at) => value[entrypoint]?.[at]?.map(violationOf))]),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

type Written = Readonly<Record<string, Readonly<Record<number, readonly unknown[]>>>>;

function violationOf(member: unknown): Violation {
  if (typeof member === 'string') return { message: member, details: {} };
  const { msg, ...details } = member as { readonly msg: string };
  return { message: msg, details };
}
