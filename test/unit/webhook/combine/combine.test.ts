import { expect } from 'chai';
import type { Additions } from '../../../../webhook/plan/types.ts';
import type { Pod } from '../../../../webhook/plan/pod.ts';
import { combine } from '../../../../webhook/combine.ts';
import { injectedAnnotation, readInjected } from '../../../../webhook/plan/injected.ts';
import { proveCreated } from '../../../../webhook/prove/prove.ts';
import { containerOf, factsOf, inject, injected, keys, namespace, podOf, settingsOf } from '../support/scenario.ts';

const context = { namespace, settings: settingsOf(), version: '0.1.0', key: keys.current };

/** Additions as a second feature might make them. */
function additionsOf(part: Partial<Additions>): Additions {
  const none = { volumes: [], initContainers: [], containers: [], skipped: [], summary: {} };
  return { outcome: 'additions', feature: 'telemetry', ...none, ...part };
}

describe('combining features', () => {
  it('puts init containers in the order of their phases, before the user’s', () => {
    const pod = podOf({ initContainers: [{ name: 'migrate', image: 'm:1' }] });
    const plans = [
      additionsOf({ initContainers: [{ phase: 'secrets', container: { name: 'remora-secrets' } }] }),
      additionsOf({ initContainers: [{ phase: 'network', container: { name: 'remora-network' } }] }),
    ];
    const result = combine(pod, plans, context);
    expect(result.outcome === 'injected' && result.pod.spec.initContainers?.map(({ name }) => name)).to.deep.equal([
      'remora-network',
      'remora-secrets',
      'migrate',
    ]);
    expect(result.outcome === 'injected' && result.patch.filter(({ op }) => op !== 'add')).to.deep.equal([]);
  });

  it('lets two of them extend one list-like variable', () => {
    const extend = (word: string): Additions =>
      additionsOf({
        containers: [
          {
            container: 'web',
            environment: [
              { how: 'merge', name: 'LIST', merge: (current) => [current, word].filter(Boolean).join(',') },
            ],
            mounts: [],
          },
        ],
      });
    const result = combine(podOf(), [extend('a'), extend('b')], context);
    expect(result.outcome === 'injected' && result.pod.spec.containers[0]?.env).to.deep.equal([
      { name: 'LIST', value: 'a,b' },
    ]);
  });

  const web = (part: Partial<Additions['containers'][number]>): Partial<Additions> => ({
    containers: [{ container: 'web', environment: [], mounts: [], ...part }],
  });
  const collisions: readonly (readonly [what: string, left: Partial<Additions>, right: Partial<Additions>])[] = [
    [
      'volume remora-x',
      { volumes: [{ name: 'remora-x', emptyDir: {} }] },
      { volumes: [{ name: 'remora-x', secret: {} }] },
    ],
    [
      'init container remora-x',
      { initContainers: [{ phase: 'files', container: { name: 'remora-x', image: 'a' } }] },
      { initContainers: [{ phase: 'files', container: { name: 'remora-x', image: 'b' } }] },
    ],
    [
      'environment variable A of container web',
      web({ environment: [{ how: 'set', variable: { name: 'A', value: '1' } }] }),
      web({ environment: [{ how: 'set', variable: { name: 'A', value: '2' } }] }),
    ],
    [
      'environment variable A of container web',
      web({ environment: [{ how: 'set', variable: { name: 'A', value: '1' } }] }),
      web({ environment: [{ how: 'merge', name: 'A', merge: () => '' }] }),
    ],
    [
      'mount at /a of container web',
      web({ mounts: [{ name: 'remora-x', mountPath: '/a' }] }),
      web({ mounts: [{ name: 'remora-y', mountPath: '/a/b' }] }),
    ],
  ];
  for (const [what, left, right] of collisions) {
    it(`refuses a collision at ${what}, and names it`, () => {
      const result = combine(podOf(), [additionsOf(left), additionsOf(right)], context);
      const problems = result.outcome === 'refused' ? result.problems : [];
      expect(problems.map(({ code, field }) => [code, field])).to.deep.equal([['FeatureCollision', what]]);
    });
  }

  it('has nothing against two features that want the same', () => {
    const same = additionsOf({
      volumes: [{ name: 'remora-x', emptyDir: {} }],
      ...web({ mounts: [{ name: 'remora-x', mountPath: '/a' }] }),
    });
    expect(combine(podOf(), [same, same], context).outcome).to.equal('injected');
  });
});

describe('names that are kept for Remora', () => {
  const refusals = (spec: Partial<Pod['spec']>): readonly string[] => {
    const outcome = inject({ pod: podOf(spec), settings: settingsOf('off'), facts: factsOf() });
    return outcome.outcome === 'refused' ? outcome.problems.map(({ code, value }) => `${code} ${value}`) : [];
  };

  it('are refused wherever someone else uses them, whether or not something is injected', () => {
    expect(refusals({ volumes: [{ name: 'remora-x', emptyDir: {} }] })).to.deep.equal(['ReservedName remora-x']);
    expect(refusals({ containers: [{ name: 'remora-x' }] })).to.deep.equal(['ReservedName remora-x']);
    expect(refusals({ initContainers: [{ name: 'remora-x' }] })).to.deep.equal(['ReservedName remora-x']);
    const mounting = containerOf({ volumeMounts: [{ name: 'remora-x', mountPath: '/x' }] });
    expect(refusals({ containers: [mounting] })).to.deep.equal(['ReservedName remora-x']);
  });

  it('are refused in a container that mounts what is ours in a way that is not', () => {
    const mounting = containerOf({ volumeMounts: [{ name: 'remora-telemetry', mountPath: '/elsewhere' }] });
    const outcome = inject({ pod: podOf({ containers: [mounting] }), settings: settingsOf(), facts: factsOf() });
    expect(outcome).to.have.nested.property('problems[0].code', 'ReservedName');
  });
});

describe('the annotation remora.dev/injected', () => {
  const large = podOf({
    containers: Array.from({ length: 100 }, (_, index) =>
      containerOf({
        name: `a-container-with-quite-a-long-name-${index}`,
        envFrom: [{ prefix: 'NODE_', secretRef: { name: 's' } }],
      }),
    ),
  });

  it('leaves out summaries before it grows beyond 8 kB, says so, and can still be proved', () => {
    const containers = large.spec.containers.slice(0, 60);
    const { pod } = injected({ pod: podOf({ containers }), settings: settingsOf(), facts: factsOf() });
    const text = pod.metadata.annotations?.[injectedAnnotation] ?? '';
    expect(Buffer.byteLength(text)).to.be.at.most(8192);
    expect(JSON.parse(text)).to.have.property('truncated').that.includes('features').and.includes('skipped');
    expect(readInjected(text)?.adds.containers[0]?.names).to.have.length(60);
    expect(proveCreated(pod, namespace, keys)).to.deep.equal({ outcome: 'proved' });
  });

  it('is never written without the inventory: such a pod is refused', () => {
    const outcome = inject({ pod: large, settings: settingsOf(), facts: factsOf() });
    expect(outcome).to.have.nested.property('problems[0].code', 'InjectionTooLarge');
  });

  it('is not read from just anything', () => {
    for (const text of ['', 'x', '1', 'null', '{}', '{"plan":1,"adds":{"volumes":[1]}}'])
      expect(readInjected(text)).to.equal(undefined);
  });
});
