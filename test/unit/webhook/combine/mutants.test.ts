import { expect } from 'chai';
import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import type { Combined } from '../../../../webhook/combine.ts';
import { injectedAnnotation, readInjected, sealAnnotation } from '../../../../webhook/plan/injected.ts';
import type { Container, EnvVar, Pod } from '../../../../webhook/plan/pod.ts';
import { seal } from '../../../../webhook/prove/seal.ts';
import { anyScenario } from '../support/arbitraries.ts';
import { laws } from '../support/laws.ts';
import { endpoint, inject, keys, namespace } from '../support/scenario.ts';
import type { Inject } from '../support/scenario.ts';

type Injected = Extract<Combined, { outcome: 'injected' }>;

/** Injection as it is, with the pod that comes out changed, and sealed and diffed again as if that were right. */
function altering(change: (pod: Pod, original: Pod) => Pod): Inject {
  return (scenario) => {
    const result = inject(scenario);
    if (result.outcome === 'refused') return result;
    const changed = resealed(change(result.pod, scenario.pod));
    return { ...result, pod: changed, patch: jsonPatch.compare(scenario.pod, changed) };
  };
}

function resealed(pod: Pod): Pod {
  const injected = readInjected(pod.metadata.annotations?.[injectedAnnotation] ?? '');
  if (injected === undefined) return pod;
  return annotated(pod, { [sealAnnotation]: seal(pod, namespace, injected, keys.current) });
}

function annotated(pod: Pod, annotations: Readonly<Record<string, string>>): Pod {
  return { ...pod, metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...annotations } } };
}

function eachContainer(change: (container: Container) => Container): Inject {
  return altering((pod) => ({ ...pod, spec: { ...pod.spec, containers: pod.spec.containers.map(change) } }));
}

function eachEnvironment(change: (env: readonly EnvVar[]) => readonly EnvVar[]): Inject {
  return eachContainer((container) =>
    container.env === undefined ? container : { ...container, env: change(container.env) },
  );
}

function eachInitContainers(change: (containers: readonly Container[], original: Pod) => readonly Container[]): Inject {
  return altering((pod, original) =>
    pod.spec.initContainers === undefined
      ? pod
      : { ...pod, spec: { ...pod.spec, initContainers: change(pod.spec.initContainers, original) } },
  );
}

function altered(change: (result: Injected) => Injected): Inject {
  return (scenario) => {
    const result = inject(scenario);
    return result.outcome === 'refused' ? result : change(result);
  };
}

let counter = 0;

/** Mistakes that this code could well have, and the law that has to notice each. */
const mutants: readonly (readonly [mutant: string, law: string, inject: Inject])[] = [
  [
    'adds our entry without looking whether it is there',
    'a second pass gives an empty patch',
    eachEnvironment((env) =>
      env.map((one) =>
        one.name === 'NODE_OPTIONS' && one.value !== undefined
          ? { ...one, value: `${one.value} --require /remora/telemetry/node/remora.cjs` }
          : one,
      ),
    ),
  ],
  [
    'appends variables without looking whether they are there',
    'a second pass gives an empty patch',
    eachEnvironment((env) => [...env, { name: 'OTEL_PROPAGATORS', value: 'b3' }]),
  ],
  [
    'writes something that changes with each call',
    'a second pass gives an empty patch',
    altering((pod) => annotated(pod, { 'remora.dev/time': String((counter += 1)) })),
  ],
  [
    'compares images with their registry',
    'so does one after the API server, LimitRanger, mirrors and other webhooks',
    eachInitContainers((containers) =>
      containers.map((one) =>
        one.name === 'remora-telemetry' ? { ...one, image: 'docker.io/remora/remora-telemetry:0.1.0' } : one,
      ),
    ),
  ],
  [
    'sorts variables by name',
    'what the user wrote is neither removed nor reordered',
    eachEnvironment((env) => env.toSorted((left, right) => left.name.localeCompare(right.name))),
  ],
  [
    'keeps one variable of each name',
    'what the user wrote is neither removed nor reordered',
    eachEnvironment((env) => [...new Map(env.map((one) => [one.name, one])).values()]),
  ],
  [
    'overrides what the user set',
    'what the user wrote is neither removed nor reordered',
    eachEnvironment((env) =>
      env.map((one) => (one.name === 'OTEL_EXPORTER_OTLP_ENDPOINT' ? { ...one, value: endpoint } : one)),
    ),
  ],
  [
    'rebuilds containers from the fields that it knows',
    'what the user wrote is neither removed nor reordered',
    eachContainer(({ name, env, volumeMounts }) => ({
      name,
      ...(env === undefined ? {} : { env }),
      ...(volumeMounts === undefined ? {} : { volumeMounts }),
    })),
  ],
  [
    'puts our init container last',
    'the files are there before anything of the user starts',
    eachInitContainers((containers) => containers.toSorted((left, right) => rank(left) - rank(right))),
  ],
  [
    'loses an operation of the patch',
    'the patch applies and yields what was meant',
    altered((result) => ({ ...result, patch: result.patch.slice(1) })),
  ],
  [
    'forgets what hardens our init container',
    'injected containers pass restricted Pod Security',
    eachInitContainers((containers) =>
      containers.map((one) => (one.name === 'remora-telemetry' ? { ...one, securityContext: {} } : one)),
    ),
  ],
  [
    'mounts the agents from the host',
    'a pod that passed restricted before passes it after',
    altering((pod) => ({
      ...pod,
      spec: {
        ...pod.spec,
        volumes: (pod.spec.volumes ?? []).map((one) =>
          one.name === 'remora-telemetry' ? { name: one.name, hostPath: { path: '/remora' } } : one,
        ),
      },
    })),
  ],
  [
    'seals before the last change',
    'the injected pod is proved, as it was made and as it was admitted',
    altered((result) => ({ ...result, pod: annotated(result.pod, { 'remora.dev/late': 'x' }) })),
  ],
  [
    'seals for another namespace',
    'the injected pod is proved, as it was made and as it was admitted',
    (scenario) =>
      inject({ ...scenario, facts: { ...scenario.facts, namespace: { ...scenario.facts.namespace, name: '' } } }),
  ],
  [
    'does not look into envFrom',
    'a variable never hides one of envFrom or of the image',
    (scenario) => {
      const blind = (container: Container): Container => ({ ...container, envFrom: [] });
      const { spec } = scenario.pod;
      return inject({
        ...scenario,
        pod: { ...scenario.pod, spec: { ...spec, containers: spec.containers.map(blind) } },
      });
    },
  ],
  [
    'takes a Secret for something without variables',
    'a variable never hides one of envFrom or of the image',
    (scenario) => {
      const blind = (container: Container): Container => ({
        ...container,
        envFrom: (container.envFrom ?? []).filter(({ secretRef }) => secretRef === undefined),
      });
      const { spec } = scenario.pod;
      return inject({
        ...scenario,
        pod: { ...scenario.pod, spec: { ...spec, containers: spec.containers.map(blind) } },
      });
    },
  ],
  [
    'knows of no image',
    'a variable never hides one of envFrom or of the image',
    (scenario) => inject({ ...scenario, facts: { ...scenario.facts, image: () => undefined } }),
  ],
  [
    'says that a runtime is in and forgets its mount',
    'each runtime that is said to be in is switched on once, and its files are there',
    eachContainer((container) => ({ ...container, volumeMounts: [] })),
  ],
  [
    'believes an annotation that says it was here before',
    'what an earlier annotation says changes nothing',
    (scenario) =>
      scenario.pod.metadata.annotations?.[injectedAnnotation] === undefined
        ? inject(scenario)
        : { outcome: 'injected', pod: scenario.pod, patch: [], features: [], skipped: [] },
  ],
  [
    'appends what the attributes refer to behind them',
    'references to the downward API stand behind what they refer to',
    eachEnvironment((env) => env.toSorted((left, right) => Number(isHelper(left)) - Number(isHelper(right)))),
  ],
  [
    'writes more into the annotation than its schema has',
    'the annotation is of its schema and at most 8 kB',
    altering((pod) => {
      const injected = JSON.parse(pod.metadata.annotations?.[injectedAnnotation] ?? '{}') as object;
      return annotated(pod, { [injectedAnnotation]: JSON.stringify({ ...injected, debug: 'x' }) });
    }),
  ],
];

function rank({ name }: Container): number {
  return name.startsWith('remora-') ? 1 : 0;
}

function isHelper({ name, valueFrom }: EnvVar): boolean {
  return name.startsWith('REMORA_') && valueFrom !== undefined;
}

describe('laws of injection', () => {
  const seed = Number(process.env['REMORA_SEED'] ?? 20261123);

  it('are each broken by at least one mutant', () => {
    expect(new Set(mutants.map(([, law]) => law))).to.deep.equal(new Set(Object.keys(laws)));
  });

  for (const [mutant, name, mutated] of mutants) {
    it(`notice code that ${mutant}`, () => {
      const law = laws[name];
      const { failed } = fc.check(
        fc.property(anyScenario, (scenario) => {
          const result = mutated(scenario);
          return result.outcome === 'refused' || law?.(scenario, result, mutated) === undefined;
        }),
        { seed, numRuns: 500, endOnFailure: true },
      );
      expect(failed, `survived: ${mutant}`).to.equal(true);
    });
  }
});
