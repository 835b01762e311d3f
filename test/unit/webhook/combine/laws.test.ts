import { expect } from 'chai';
import fc from 'fast-check';
import { boutiquePods, hardened } from '../support/boutique.ts';
import { anyScenario } from '../support/arbitraries.ts';
import { laws } from '../support/laws.ts';
import { restrictedViolations } from '../support/podSecurity.ts';
import { factsOf, inject, injected, settingsOf } from '../support/scenario.ts';
import type { Scenario } from '../support/scenario.ts';

const seed = Number(process.env['REMORA_SEED'] ?? 20261123);
const runs = Number(process.env['REMORA_RUNS'] ?? 300);

describe('injection of any pod', () => {
  for (const [name, law] of Object.entries(laws)) {
    it(name, () => {
      fc.assert(
        fc.property(anyScenario, (scenario) => {
          const result = inject(scenario);
          fc.pre(result.outcome === 'injected');
          expect(law(scenario, result, inject)).to.equal(undefined);
        }),
        { seed, numRuns: runs, maxSkipsPerRun: 10 },
      );
    });
  }

  it('is of generated pods that reach every part of the rules (distribution)', () => {
    const counts = new Map<string, number>();
    const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
    const samples = fc.sample(anyScenario, { seed, numRuns: 1000 });
    for (const scenario of samples) {
      const result = inject(scenario);
      count(result.outcome);
      if (result.outcome === 'refused') {
        for (const code of new Set(result.problems.map((problem) => problem.code))) count(`refused ${code}`);
        continue;
      }
      count(result.features.length > 0 ? 'with telemetry' : 'without telemetry');
      if (result.pod.spec.initContainers?.[0]?.name === 'remora-telemetry') count('with the copier');
      if (restrictedViolations(scenario.pod).length === 0) count('restricted before');
      for (const code of new Set(result.skipped.map((skip) => skip.code))) count(`skipped ${code}`);
    }
    const lines = [...counts].sort().map(([what, times]) => `        ${String(times).padStart(5)} ${what}`);
    console.log(`      of ${samples.length} pods (seed ${seed}):\n${lines.join('\n')}`);
    const wanted = [
      ...['ReservedName', 'UnknownContainer'].map((code) => `refused ${code}`),
      ...['TelemetryOff', 'WindowsPod', 'HostNetwork', 'NodeResolver', 'NoCollector', 'MountPathTaken'].map(
        (code) => `skipped ${code}`,
      ),
      ...['ConflictingEnvironment', 'ImageConfigurationUnknown', 'ResourceAttributesLeftOut'].map(
        (code) => `skipped ${code}`,
      ),
      ...['EnvironmentFromSecret', 'EnvironmentFromReference', 'EnvironmentFromMissingConfigMap'].map(
        (code) => `skipped ${code}`,
      ),
      ...['with the copier', 'restricted before', 'with telemetry'],
    ];
    for (const what of wanted) expect(counts.get(what) ?? 0, what).to.be.greaterThan(4);
  });
});

describe('injection of Online Boutique', () => {
  const pods = boutiquePods();
  const scenarios = [true, false].flatMap((imageVolumes): readonly Scenario[] =>
    [...pods, ...pods.map(hardened)].map((pod) => ({
      pod,
      settings: settingsOf(['node', 'java', 'python']),
      facts: factsOf({ imageVolumes }),
    })),
  );

  it('has twelve workloads, whose hardened copies pass restricted Pod Security before and after', () => {
    expect(pods).to.have.length(12);
    for (const scenario of scenarios.filter(({ pod }) => restrictedViolations(pod).length === 0)) {
      expect(restrictedViolations(injected(scenario).pod)).to.deep.equal([]);
    }
    expect(pods.map(hardened).flatMap(restrictedViolations)).to.deep.equal([]);
  });

  for (const [name, law] of Object.entries(laws)) {
    it(name, () => {
      for (const scenario of scenarios) expect(law(scenario, injected(scenario), inject)).to.equal(undefined);
    });
  }

  it('gives every workload telemetry under the name of its Deployment', () => {
    for (const scenario of scenarios) {
      const { pod, features } = injected(scenario);
      expect(features).to.deep.equal(['telemetry']);
      const name = pod.metadata.generateName?.replace('-6f9c8d-', '');
      for (const { env } of pod.spec.containers)
        expect(env).to.deep.include({ name: 'OTEL_SERVICE_NAME', value: name });
    }
  });
});
