import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../../manifests/images/cache.ts';
import type { ModuleSource } from '../../../settings/policies/types.ts';
import { builtins, refused } from '../../../webhook/policy/builtins/table.ts';
import { createCompiler } from '../../../webhook/policy/compile/compiler.ts';
import { defaultLimits } from '../../../webhook/policy/compile/types.ts';
import { createEvaluator } from '../../../webhook/policy/evaluate/evaluator.ts';
import type { Evaluation, RegoProblem } from '../../../webhook/policy/types.ts';
import { ensureBinaries } from '../../cluster/binaries/build.ts';

/** The webhook's own engine: the real OPA compiles, its Wasm is evaluated with our built-ins. */
export interface Engine {
  compile(source: ModuleSource): Promise<EngineModule>;
  /** All in JSON; `data` is the whole of it, with `inventory`. */
  evaluate(hash: string, review: string, parameters: string, data: string): Evaluation;
  close(): Promise<void>;
}

export type EngineModule =
  | { readonly outcome: 'compiled'; readonly hash: string }
  | { readonly outcome: 'refused'; readonly problems: readonly RegoProblem[] };

/** A developer waits: nothing here is given up because the machine is busy. */
const compileLimits = { ...defaultLimits, cpuSeconds: 60, wallMs: 300_000 };
const limits = { instanceBytes: 256 << 20, keptBytes: 512 << 20, resultBytes: 16 << 20 };

export async function openEngine(environment: Environment, report: (line: string) => void): Promise<Engine> {
  const { opa } = await ensureBinaries(['opa'], { environment, report });
  const folder = await mkdtemp(join(tmpdir(), 'remora-suite-'));
  const created = await createCompiler({
    opaPath: opa ?? '',
    prlimitPath: '/usr/bin/prlimit',
    nicePath: '/usr/bin/nice',
    folder,
    limits: compileLimits,
    refused,
  });
  if (created.outcome !== 'ready') throw new Error(created.message);
  const { compiler } = created;
  const evaluator = createEvaluator({
    builtins: new Map(Object.entries(builtins)),
    limits,
    context: () => ({ nowNanoseconds: BigInt(Date.now()) * 1_000_000n, random: Math.random, cache: new Map() }),
    collectGarbage: () => undefined,
  });
  const compiled = new Map<string, Promise<EngineModule>>();

  const compile = async (source: ModuleSource): Promise<EngineModule> => {
    const result = await compiler.compile(source, 'suite');
    if (result.outcome === 'refused') return result;
    evaluator.add(result.module.hash, await WebAssembly.compile(result.module.wasm));
    return { outcome: 'compiled', hash: result.module.hash };
  };

  return {
    // Suites ask for one template with several constraints.
    compile: async (source) => {
      const key = JSON.stringify(source);
      const known = compiled.get(key) ?? compile(source);
      compiled.set(key, known);
      return await known;
    },
    evaluate: (module, review, parameters, json) =>
      evaluator.evaluate(Buffer.from(review), {
        module,
        entrypoint: 'gatekeeper/violation',
        input: 'gatekeeper',
        parameters,
        data: { key: json, json: Buffer.from(json) },
      }),
    close: async () => {
      await compiler.drain();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
