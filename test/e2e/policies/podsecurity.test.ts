import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { builtins, refused } from '../../../webhook/policy/builtins/table.ts';
import { createCompiler } from '../../../webhook/policy/compile/compiler.ts';
import { defaultLimits } from '../../../webhook/policy/compile/types.ts';
import { createEvaluator } from '../../../webhook/policy/evaluate/evaluator.ts';
import type { Evaluator } from '../../../webhook/policy/evaluate/evaluator.ts';
import { ensureBinaries } from '../../cluster/binaries/build.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { changeNames, generatePods, hardenedPod } from './pods.ts';
import type { GeneratedPod } from './pods.ts';

const folder = fileURLToPath(new URL('../../../policies', import.meta.url));

/** Compiles one of the policies that ship with the real OPA, and makes what evaluates it. */
async function evaluatorOf(name: string): Promise<Evaluator> {
  const work = await mkdtemp(join(tmpdir(), 'remora-compiler-'));
  try {
    const { opa: opaPath = '' } = await ensureBinaries(['opa'], { environment: process.env, report: console.log });
    const tools = { opaPath, prlimitPath: '/usr/bin/prlimit', nicePath: '/usr/bin/nice' };
    const limits = { ...defaultLimits, cpuSeconds: 60, wallMs: 120_000 };
    const created = await createCompiler({ ...tools, folder: work, limits, refused });
    if (created.outcome === 'unavailable') throw new Error(created.message);
    const files = await Promise.all(
      [`lib/pod.rego`, `${name}/${name}.rego`].map(async (file) => ({
        name: file.replace('/', '-'),
        text: await readFile(join(folder, file), 'utf8'),
      })),
    );
    const compiled = await created.compiler.compile({ files, package: undefined }, 'test');
    if (compiled.outcome === 'refused') throw new Error(JSON.stringify(compiled.problems));
    const evaluator = createEvaluator({
      builtins: new Map(Object.entries(builtins)),
      limits: { instanceBytes: 64 << 20, keptBytes: 64 << 20, resultBytes: 1 << 20 },
      context: () => ({ nowNanoseconds: 0n, random: () => 0, cache: new Map() }),
      collectGarbage: () => undefined,
    });
    evaluator.add(name, await WebAssembly.compile(compiled.module.wasm));
    return evaluator;
  } finally {
    await rm(work, { recursive: true });
  }
}

function violations(evaluator: Evaluator, name: string, pod: KubeObject): readonly string[] {
  const review = Buffer.from(JSON.stringify({ kind: { kind: 'Pod' }, object: pod }));
  const entrypoint = `remora/${name}/deny`;
  const evaluation = evaluator.evaluate(review, { module: name, entrypoint, input: 'native', parameters: '{}' });
  if (evaluation.outcome === 'failed') throw new Error(`${evaluation.code}: ${evaluation.message}`);
  return evaluation.violations.map(({ message }) => message);
}

describeOnCluster('policies like Pod Security', (suite) => {
  const runs = 2_400;
  const seed = Date.now() % 2 ** 31;
  let pods: readonly GeneratedPod[];

  before(() => {
    pods = generatePods(runs, seed);
    console.log(`      seed ${seed}`);
  });

  /** What the API server's own admission says of each pod; undefined where it is no valid pod to begin with. */
  async function judged(namespace: string): Promise<readonly (boolean | undefined)[]> {
    const verdicts: (boolean | undefined)[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < pods.length) {
        const at = next;
        next += 1;
        const { pod } = pods[at]!;
        const object = { ...pod, metadata: { ...pod.metadata, namespace } };
        const outcome = await suite.cluster.client.create(resources.pods, object, { dryRun: true });
        if (outcome.outcome === 'ok') verdicts[at] = false;
        else verdicts[at] = outcome.message.includes('violates PodSecurity') ? true : undefined;
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    return verdicts;
  }

  const levels: readonly (readonly [level: string, policies: readonly string[]])[] = [
    ['baseline', ['baseline']],
    ['restricted', ['baseline', 'restricted']],
  ];
  for (const [level, policies] of levels) {
    it(`agree with ${level} on every generated pod`, async function () {
      this.timeout(900_000);
      const namespace = await suite.makeNamespace(level, {
        labels: { 'pod-security.kubernetes.io/enforce': level },
      });
      const evaluators = new Map<string, Evaluator>();
      for (const name of policies) evaluators.set(name, await evaluatorOf(name));
      const verdicts = await judged(namespace);
      const ours = pods.map(({ pod }) =>
        [...evaluators].flatMap(([name, evaluator]) => violations(evaluator, name, pod)),
      );
      const disagreements = pods.flatMap(({ changes }, at) =>
        verdicts[at] === undefined || verdicts[at] === ours[at]!.length > 0
          ? []
          : [{ changes, isRefused: verdicts[at], ours: ours[at] }],
      );
      const judgedPods = verdicts.filter((verdict) => verdict !== undefined);
      const refusals = judgedPods.filter((isRefused) => isRefused).length;
      console.log(
        `      ${judgedPods.length} pods judged, ${refusals} of them refused, ${pods.length - judgedPods.length} not valid`,
      );
      expect(disagreements.slice(0, 5), `seed ${seed}`).to.deep.equal([]);
      // The corpus is worth something: enough of both verdicts, and every change among what was judged.
      expect(judgedPods.length).to.be.at.least(2_000);
      expect(Math.min(refusals, judgedPods.length - refusals)).to.be.greaterThan(300);
      const seen = new Set(pods.flatMap(({ changes }, at) => (verdicts[at] === undefined ? [] : changes)));
      expect(changeNames.filter((name) => !seen.has(name))).to.deep.equal([]);
    });
  }

  it('see one thing that is wrong, and nothing where nothing is', async () => {
    const evaluator = await evaluatorOf('baseline');
    expect(violations(evaluator, 'baseline', hardenedPod({ hostPID: true }))).to.deep.equal([
      'spec.hostPID: true is not allowed',
    ]);
    expect(violations(evaluator, 'baseline', hardenedPod({ hostPID: false }))).to.deep.equal([]);
  });
});
