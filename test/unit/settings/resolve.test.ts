import { expect } from 'chai';
import fc from 'fast-check';
import type { Problem } from '../../../runtime/problem.ts';
import { resolveSettings } from '../../../settings/resolve.ts';
import { catalog } from '../../../settings/catalog.ts';
import { settingTable } from '../../../settings/table.ts';
import type { SettingSources } from '../../../settings/types.ts';
import { anyContainers, anyTelemetry } from './generate.ts';
import { chart, configMap, sources } from './sources.ts';

function resolved(given: SettingSources) {
  const result = resolveSettings(given);
  if (result.outcome === 'refused') throw new Error(JSON.stringify(result.problems));
  return result.settings;
}

function problemsOf(given: SettingSources): readonly Problem[] {
  const result = resolveSettings(given);
  return result.outcome === 'refused' ? result.problems : [];
}

const telemetry = 'remora.dev/telemetry';
const all = (text: string): string => `- match: {labels: {}}\n  settings: {telemetry: "${text}"}\n`;

describe('settings/resolve', () => {
  it('gives defaults when nobody says anything', () => {
    expect(resolved(sources())).to.deep.equal({
      values: { telemetry: 'auto', 'telemetry-containers': [] },
      sources: { telemetry: 'default', 'telemetry-containers': 'default' },
    });
  });

  it('lets each level win over those before it, and keeps where the value came from', () => {
    let parts: Parameters<typeof sources>[0] & object = {};
    const levels: readonly (readonly [string, typeof parts, unknown])[] = [
      ['chart', { chart: chart({ telemetry: 'node' }) }, ['node']],
      ['namespace', { namespace: { [telemetry]: 'java' } }, ['java']],
      ['configmap/a', { configMaps: [configMap('a', all('python'))] }, ['python']],
      ['pod', { podAnnotations: { [telemetry]: 'off' } }, 'off'],
    ];
    for (const [source, level, value] of levels) {
      parts = { ...parts, ...level };
      const settings = resolved(sources(parts));
      expect(settings.sources.telemetry).to.equal(source);
      expect(settings.values.telemetry).to.deep.equal(value);
    }
  });

  it('applies ConfigMaps in order of their names, and entries in their own order', () => {
    const b = configMap('b', all('java'));
    const a = configMap('a', all('off') + all('node'));
    expect(resolved(sources({ configMaps: [b, a] })).sources.telemetry).to.equal('configmap/b');
    expect(resolved(sources({ configMaps: [a] })).values.telemetry).to.deep.equal(['node']);
  });

  it('applies an entry only to pods with all of its labels', () => {
    const configMaps = [configMap('a', '- match: {labels: {app: cart, tier: web}}\n  settings: {telemetry: node}')];
    const at = (podLabels: Record<string, string>) => resolved(sources({ configMaps, podLabels })).sources.telemetry;
    expect(at({ app: 'cart', tier: 'web', more: 'x' })).to.equal('configmap/a');
    expect(at({ app: 'cart' })).to.equal('default');
    expect(at({})).to.equal('default');
  });

  it('is not misled by label keys that every object inherits', () => {
    const configMaps = [configMap('a', '- match: {labels: {constructor: x}}\n  settings: {telemetry: node}')];
    expect(resolved(sources({ configMaps })).sources.telemetry).to.equal('default');
  });

  it('leaves alone what others wrote, and what Remora wrote', () => {
    const podAnnotations = { 'example.com/telemetry': 'x', 'remora.dev/injected': '{}', 'remora.dev/seal': 'v1' };
    expect(problemsOf(sources({ podAnnotations }))).to.deep.equal([]);
  });

  it('names the ConfigMap, line and column of a document that does not parse', () => {
    expect(
      problemsOf(sources({ configMaps: [configMap('a', '- match: {labels: {}}\n  settings: {telemetry: aut}')] })),
    ).to.deep.equal([
      {
        code: 'InvalidSetting',
        field: 'configmap/a: settings.yaml:2:14 [0].settings.telemetry',
        value: 'aut',
        allowed: settingTable.telemetry.kind.allowed,
        nearest: 'auto',
      },
    ]);
  });

  describe('a mistake on the pod', () => {
    const cases: readonly (readonly [string, Partial<Omit<SettingSources, 'namespace'>>, Partial<Problem>])[] = [
      [
        'a value',
        { podAnnotations: { [telemetry]: 'nodejs' } },
        {
          code: 'InvalidSetting',
          field: 'metadata.annotations[remora.dev/telemetry]',
          value: 'nodejs',
          nearest: 'node',
        },
      ],
      [
        'a key',
        { podAnnotations: { 'remora.dev/telemtry': 'auto' } },
        { code: 'UnknownSetting', nearest: 'remora.dev/telemetry' },
      ],
      ['a key of a later version', { podAnnotations: { 'remora.dev/mesh': 'strict' } }, { code: 'UnknownSetting' }],
      ['an empty key', { podAnnotations: { 'remora.dev/': 'x' } }, { code: 'UnknownSetting' }],
      [
        'a lock',
        { podAnnotations: { 'remora.dev/lock': 'inject' } },
        {
          code: 'MisplacedSetting',
          allowed: 'remora.dev/lock is an annotation of a namespace, and has no meaning here',
        },
      ],
      [
        'the label as an annotation',
        { podAnnotations: { 'remora.dev/inject': 'enabled' } },
        {
          code: 'MisplacedSetting',
          allowed: 'remora.dev/inject is a label of a namespace or a pod, and has no meaning here',
        },
      ],
      [
        'a setting as a label',
        { podLabels: { [telemetry]: 'off' } },
        { code: 'MisplacedSetting', field: 'metadata.labels[remora.dev/telemetry]' },
      ],
      ['a label of ConfigMaps', { podLabels: { 'remora.dev/settings': 'true' } }, { code: 'MisplacedSetting' }],
      [
        'a misspelt label',
        { podLabels: { 'remora.dev/injcet': 'enabled' } },
        { code: 'UnknownSetting', nearest: 'remora.dev/inject' },
      ],
      [
        'a value of the label',
        { podLabels: { 'remora.dev/inject': 'true' } },
        { code: 'InvalidSetting', nearest: 'enabled' },
      ],
    ];
    for (const [what, parts, problem] of cases) {
      it(`is refused: ${what}`, () => {
        const problems = problemsOf(sources(parts));
        expect(problems).to.have.length(1);
        expect(problems[0]).to.include(problem);
      });
    }
  });

  it('reports every mistake of every source at once', () => {
    const wrong = {
      namespace: { [telemetry]: 'a1', 'remora.dev/lock': 'telemtry', 'remora.dev/nothing': 'x' },
      namespaceLabels: { 'remora.dev/inject': 'enabled', 'remora.dev/other': 'x' },
      configMaps: [configMap('a', 'x: 1'), configMap('b', '- match: {labels: {}}\n  settings: {a: b, telemetry: c}')],
      podLabels: { 'remora.dev/inject': 'maybe', 'remora.dev/lock': 'x' },
      podAnnotations: { [telemetry]: 'a2', 'remora.dev/telemetry-containers': '_' },
    };
    expect(problemsOf(sources(wrong))).to.have.length(4 + 3 + 4);
  });

  it('reports as many problems as mistakes were made', () => {
    const mistakes = fc.uniqueArray(fc.stringMatching(/^zz[a-z]{1,8}$/), { maxLength: 12 });
    fc.assert(
      fc.property(mistakes, mistakes, mistakes, (onNamespace, onPod, asLabels) => {
        const keyed = (names: readonly string[]) =>
          Object.fromEntries(names.map((name) => [`remora.dev/${name}`, 'x']));
        const labels = keyed(asLabels);
        const problems = problemsOf(
          sources({ namespace: keyed(onNamespace), podAnnotations: keyed(onPod), podLabels: labels }),
        );
        expect(problems).to.have.length(onNamespace.length + onPod.length + asLabels.length);
      }),
    );
  });

  describe('a lock', () => {
    const cases: readonly (readonly [string, Parameters<typeof sources>[0], readonly string[]])[] = [
      [
        'of the chart binds the namespace',
        { chart: chart({}, ['telemetry']), namespace: { [telemetry]: 'off' } },
        ['the chart (value `lock`) at "auto"'],
      ],
      [
        'of the chart binds pods at the value of the chart',
        { chart: chart({ telemetry: 'node' }, ['telemetry']), podAnnotations: { [telemetry]: 'java' } },
        ['the chart (value `lock`) at "node"'],
      ],
      [
        'of the namespace does not bind the namespace',
        { namespace: { [telemetry]: 'off', 'remora.dev/lock': 'telemetry' } },
        [],
      ],
      [
        'of the namespace binds pods at the value of the namespace',
        { namespace: { [telemetry]: 'node', 'remora.dev/lock': 'telemetry' }, podAnnotations: { [telemetry]: 'off' } },
        ['namespace shop (annotation remora.dev/lock) at "node"'],
      ],
      [
        'of the namespace binds ConfigMaps',
        { namespace: { 'remora.dev/lock': 'telemetry' }, configMaps: [configMap('a', all('off'))] },
        ['namespace shop (annotation remora.dev/lock) at "auto"'],
      ],
      [
        'of both is reported for both',
        {
          chart: chart({ telemetry: 'node' }, ['telemetry']),
          namespace: { [telemetry]: 'node,java', 'remora.dev/lock': 'telemetry' },
          podAnnotations: { [telemetry]: 'python' },
        },
        ['the chart (value `lock`) at "node"', 'namespace shop (annotation remora.dev/lock) at "node,java"'],
      ],
      [
        'lets a pod tighten',
        {
          namespace: { [telemetry]: 'node', 'remora.dev/lock': 'telemetry' },
          podAnnotations: { [telemetry]: 'java,node' },
        },
        [],
      ],
      [
        'of another key does not matter',
        { namespace: { 'remora.dev/lock': 'telemetry-containers' }, podAnnotations: { [telemetry]: 'off' } },
        [],
      ],
      [
        'of containers lets a pod name none, but not fewer',
        {
          namespace: { 'remora.dev/telemetry-containers': 'a,b', 'remora.dev/lock': 'telemetry-containers' },
          podAnnotations: { 'remora.dev/telemetry-containers': 'a' },
        },
        ['namespace shop (annotation remora.dev/lock) at "a,b"'],
      ],
      [
        'of inject refuses the opt-out',
        { namespace: { 'remora.dev/lock': 'inject' }, podLabels: { 'remora.dev/inject': 'disabled' } },
        ['namespace shop (annotation remora.dev/lock) at "enabled"'],
      ],
      [
        'of inject lets a pod opt in',
        { namespace: { 'remora.dev/lock': 'inject' }, podLabels: { 'remora.dev/inject': 'enabled' } },
        [],
      ],
    ];
    for (const [what, parts, lockers] of cases) {
      it(what, () => {
        const problems = problemsOf(sources(parts));
        expect(problems.map(({ code }) => code)).to.deep.equal(lockers.map(() => 'SettingLocked'));
        for (const [index, locker] of lockers.entries())
          expect(problems[index]?.allowed).to.contain(`locked by ${locker}`);
      });
    }

    it('never refuses to tighten, and always refuses to loosen', () => {
      fc.assert(
        fc.property(anyTelemetry, anyTelemetry, (floor, value) => {
          const { kind } = settingTable.telemetry;
          const namespace = { [telemetry]: kind.print(floor), 'remora.dev/lock': 'telemetry' };
          const problems = problemsOf(sources({ namespace, podAnnotations: { [telemetry]: kind.print(value) } }));
          expect(problems.length === 0).to.equal(settingTable.telemetry.isAtLeast(value, floor));
        }),
      );
    });
  });

  it('orders values partially: reflexive and transitive', () => {
    const containers = settingTable['telemetry-containers'];
    fc.assert(
      fc.property(fc.tuple(anyTelemetry, anyTelemetry, anyTelemetry), ([a, b, c]) => {
        const row = settingTable.telemetry;
        expect(row.isAtLeast(a, a)).to.equal(true);
        if (row.isAtLeast(a, b) && row.isAtLeast(b, c))
          expect(row.isAtLeast(a, c), JSON.stringify([a, b, c])).to.equal(true);
      }),
    );
    fc.assert(
      fc.property(anyContainers, anyContainers, (a, b) => {
        expect(containers.isAtLeast(a, a)).to.equal(true);
        expect(containers.isAtLeast([...new Set([...a, ...b])], a)).to.equal(a.length > 0 || b.length === 0);
        expect(containers.isAtLeast([], a)).to.equal(true);
      }),
    );
  });

  it('gives the same again for what it gave', () => {
    fc.assert(
      fc.property(anyTelemetry, anyContainers, anyTelemetry, (pod, containers, ofNamespace) => {
        const text = (key: 'telemetry' | 'telemetry-containers', value: unknown) =>
          catalog.find(key)?.setting.kind.print(value) ?? '';
        const annotate = (values: Record<string, unknown>) => ({
          [telemetry]: text('telemetry', values['telemetry']),
          'remora.dev/telemetry-containers': text('telemetry-containers', values['telemetry-containers']),
        });
        const namespace = { [telemetry]: text('telemetry', ofNamespace) };
        const once = resolved(
          sources({ namespace, podAnnotations: annotate({ telemetry: pod, 'telemetry-containers': containers }) }),
        );
        const again = resolved(sources({ namespace, podAnnotations: annotate({ ...once.values }) }));
        expect(again).to.deep.equal(once);
      }),
    );
  });
});
