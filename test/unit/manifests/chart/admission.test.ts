import { expect } from 'chai';
import { parse } from 'yaml';
import { alwaysExcluded } from '../../../../settings/scope.ts';
import { ofKind, render, valueSets } from './helm.ts';
import type { Rendered } from './helm.ts';

type Labels = Readonly<Record<string, string>>;

interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly Requirement[];
}

interface Rule {
  readonly resources: readonly string[];
  readonly operations: readonly string[];
}

interface Entry {
  readonly name: string;
  readonly clientConfig: Readonly<Record<string, unknown>>;
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly reinvocationPolicy?: string;
  readonly sideEffects: string;
  readonly timeoutSeconds: number;
  readonly namespaceSelector: Selector;
  readonly objectSelector?: Selector;
  readonly rules: readonly Rule[];
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
}

interface Configuration extends Rendered {
  /** Entries for policies come without rules, which control derives and owns. */
  readonly webhooks: readonly (Omit<Entry, 'rules'> & Partial<Pick<Entry, 'rules'>>)[];
}

interface Policy extends Rendered {
  readonly spec: {
    readonly failurePolicy: string;
    readonly matchConstraints: {
      readonly namespaceSelector: Selector;
      readonly objectSelector?: Selector;
      readonly resourceRules: readonly Rule[];
    };
  };
}

interface Binding extends Rendered {
  readonly spec: { readonly policyName: string; readonly validationActions: readonly string[] };
}

/** Whether labels meet a selector, as labels.Selector of Kubernetes has it. */
function selects(selector: Selector | undefined, labels: Labels): boolean {
  const expressions = selector?.matchExpressions ?? [];
  return (
    Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    expressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
      }
    })
  );
}

const inject = 'remora.dev/inject';
const policyConfigMaps = 'configmaps.policies.remora.dev';

function namespace(name: string, label?: string): Labels {
  return { 'kubernetes.io/metadata.name': name, ...(label === undefined ? {} : { [inject]: label }) };
}

describe('admission of the chart', function () {
  this.timeout(1_800_000);

  async function entriesOf(values = {}, releaseNamespace?: string): Promise<readonly Entry[]> {
    const objects = await render(values, releaseNamespace);
    return [
      ...ofKind<Configuration>(objects, 'MutatingWebhookConfiguration'),
      ...ofKind<Configuration>(objects, 'ValidatingWebhookConfiguration'),
    ].flatMap(({ webhooks }) => webhooks.map((entry) => ({ ...entry, rules: entry.rules ?? [] })));
  }

  /** Names of the entries whose selectors take a pod, mutating first; conditions may still leave it out. */
  async function asked(ofNamespace: Labels, ofPod: Labels): Promise<readonly string[]> {
    return (await entriesOf())
      .filter(({ rules }) => rules.some(({ resources }) => resources.includes('pods')))
      .filter((entry) => selects(entry.namespaceSelector, ofNamespace) && selects(entry.objectSelector, ofPod))
      .map(({ name }) => name);
  }

  // Server-side apply cannot take away an entry whose caBundle control co-owns: the upgrade would fail. So an entry
  // keeps its name for ever, and a new one comes in a configuration of its own, which a rollback removes as a whole.
  it('keeps the names of its entries', async () => {
    expect((await entriesOf()).map(({ name }) => name)).to.deep.equal([
      'pods.inject.remora.dev',
      'optin.pods.inject.remora.dev',
      'namespaced.policies.remora.dev',
      'deletions.policies.remora.dev',
      'cluster.policies.remora.dev',
      'configmaps.policies.remora.dev',
      'pods.prove.remora.dev',
      'optout.pods.prove.remora.dev',
      'optin.pods.prove.remora.dev',
      'configmaps.settings.remora.dev',
      'namespaces.settings.remora.dev',
      'workloads.preview.remora.dev',
      'workloads.settings.remora.dev',
    ]);
  });

  describe('selects pods', () => {
    const cases: readonly (readonly [string, Labels, Labels, readonly string[]])[] = [
      ['of a labelled namespace', namespace('shop', 'enabled'), {}, ['pods.inject', 'pods.prove']],
      [
        'of a labelled namespace that opt in',
        namespace('shop', 'enabled'),
        { [inject]: 'enabled' },
        ['pods.inject', 'pods.prove'],
      ],
      [
        'of a labelled namespace that opt out',
        namespace('shop', 'enabled'),
        { [inject]: 'disabled' },
        ['pods.prove', 'optout.pods.prove'],
      ],
      ['of other namespaces', namespace('other'), {}, []],
      ['of namespaces that opted out', namespace('other', 'disabled'), {}, []],
      [
        'of other namespaces that opt in',
        namespace('other'),
        { [inject]: 'enabled' },
        ['optin.pods.inject', 'optin.pods.prove'],
      ],
      ['of kube-system that opt in', namespace('kube-system', 'enabled'), { [inject]: 'enabled' }, []],
    ];
    for (const [name, ofNamespace, ofPod, expected] of cases) {
      it(`${name}: ${expected.length === 0 ? 'nobody' : expected.join(', ')}`, async () => {
        expect(await asked(ofNamespace, ofPod)).to.deep.equal(expected.map((entry) => `${entry}.remora.dev`));
      });
    }
  });

  for (const [name, values] of Object.entries(valueSets)) {
    describe(`with values: ${name}`, () => {
      for (const releaseNamespace of ['remora-system', 'platform']) {
        it(`never asks about pods of excluded namespaces, installed in ${releaseNamespace}`, async () => {
          const objects = await render(values, releaseNamespace);
          const selectors = [
            ...(await entriesOf(values, releaseNamespace))
              .filter(({ rules }) => rules.some(({ resources }) => resources.includes('pods')))
              .map(({ namespaceSelector }) => namespaceSelector),
            ...ofKind<Policy>(objects, 'ValidatingAdmissionPolicy').map(
              ({ spec }) => spec.matchConstraints.namespaceSelector,
            ),
          ];
          expect(selectors).to.have.lengthOf(7);
          const excluded = [...alwaysExcluded, releaseNamespace].flatMap((each) =>
            [undefined, 'enabled', 'disabled'].map((label) => namespace(each, label)),
          );
          for (const labels of excluded) {
            expect(
              selectors.some((selector) => selects(selector, labels)),
              JSON.stringify(labels),
            ).to.equal(false);
          }
        });

        it(`asks about nothing in kube-system and its own namespace, installed in ${releaseNamespace}`, async () => {
          for (const { name: entry, namespaceSelector } of await entriesOf(values, releaseNamespace)) {
            // Policies for all namespaces stand in Remora's own, and only they are asked about there.
            const owns = entry === policyConfigMaps ? ['kube-system'] : ['kube-system', releaseNamespace];
            for (const own of owns) {
              for (const label of [undefined, 'enabled', 'disabled']) {
                expect(selects(namespaceSelector, namespace(own, label)), `${entry} in ${own}`).to.equal(false);
              }
            }
          }
        });
      }

      it('leaves caBundle to control', async () => {
        for (const { name: entry, clientConfig } of await entriesOf(values)) {
          expect(Object.keys(clientConfig), entry).to.deep.equal(['service']);
        }
      });

      it('asks about policies of its own namespace by their label alone', async () => {
        const entry = (await entriesOf(values)).find((each) => each.name === policyConfigMaps);
        expect(entry?.objectSelector).to.deep.equal({
          matchExpressions: [{ key: 'remora.dev/policy', operator: 'Exists' }],
        });
        expect(entry?.rules.flatMap(({ resources }) => resources)).to.deep.equal(['configmaps']);
      });

      it('leaves what policies ask about to control, and lets every deletion pass without a webhook', async () => {
        const entries = (await entriesOf(values)).filter(({ rules }) => rules.length === 0);
        const chosen = 'policies.failurePolicy' in values ? values['policies.failurePolicy'] : 'Fail';
        expect(entries.map((entry) => [entry.name, entry.failurePolicy])).to.deep.equal([
          ['namespaced.policies.remora.dev', chosen],
          ['deletions.policies.remora.dev', 'Ignore'],
          ['cluster.policies.remora.dev', 'Ignore'],
        ]);
        for (const { sideEffects, timeoutSeconds } of entries) {
          expect({ sideEffects, timeoutSeconds }).to.deep.equal({ sideEffects: 'NoneOnDryRun', timeoutSeconds: 3 });
        }
      });

      it('never asks about a deletion by itself, and answers dry runs', async () => {
        for (const entry of (await entriesOf(values)).filter(({ rules }) => rules.length > 0)) {
          const operations = new Set(entry.rules.flatMap((rule) => rule.operations));
          expect([...operations].filter((operation) => !['CREATE', 'UPDATE'].includes(operation))).to.deep.equal([]);
          expect(entry.sideEffects).to.equal('NoneOnDryRun');
          // Compiling and testing a policy takes longer than looking at an object.
          expect(entry.timeoutSeconds).to.equal(entry.name === policyConfigMaps ? 10 : 3);
          expect(entry.matchConditions, entry.name).to.not.be.empty;
        }
      });

      it('fails closed only where something is proved, by the value failurePolicy', async () => {
        const chosen = 'failurePolicy' in values ? values['failurePolicy'] : 'Fail';
        const entries = await entriesOf(values);
        const policies = Object.fromEntries(entries.map((entry) => [entry.name, entry.failurePolicy]));
        expect(policies['pods.prove.remora.dev']).to.equal(chosen);
        expect(policies['optin.pods.prove.remora.dev']).to.equal(chosen);
        expect(policies['configmaps.settings.remora.dev']).to.equal('Fail');
        const others = entries.filter(
          (entry) => !/^((optin\.)?pods\.prove|configmaps|namespaced\.policies)\./.test(entry.name),
        );
        expect(new Set(others.map((entry) => entry.failurePolicy))).to.deep.equal(new Set(['Ignore']));
        const bindings = ofKind<Binding>(await render(values), 'ValidatingAdmissionPolicyBinding');
        expect(bindings.map(({ spec }) => spec.policyName)).to.deep.equal(['zz-remora', 'zz-remora-optin']);
        const actions = chosen === 'Fail' ? ['Deny'] : ['Warn', 'Audit'];
        for (const { spec } of bindings) expect(spec.validationActions).to.deep.equal(actions);
      });
    });
  }

  describe('asks for policies', () => {
    const { own, elsewhere } = { own: 'remora-system', elsewhere: 'shop' };
    const cases: readonly (readonly [what: string, of: Labels, entries: readonly string[]])[] = [
      ['a labelled namespace', namespace(elsewhere, 'enabled'), ['namespaced', 'deletions', 'cluster', 'configmaps']],
      ['a namespace without the label', namespace(elsewhere), ['cluster', 'configmaps']],
      ['a namespace that opted out', namespace(elsewhere, 'disabled'), ['cluster', 'configmaps']],
      ['Remora’s own namespace', namespace(own), ['configmaps']],
      ['Remora’s own namespace, labelled', namespace(own, 'enabled'), ['configmaps']],
      ['kube-system', namespace('kube-system'), []],
      ['kube-system, labelled', namespace('kube-system', 'enabled'), []],
    ];
    for (const [what, of, expected] of cases) {
      it(`in ${what}: ${expected.length === 0 ? 'nothing' : expected.join(', ')}`, async () => {
        const names = (await entriesOf())
          .filter(({ name }) => name.endsWith('.policies.remora.dev'))
          .filter(({ namespaceSelector }) => selects(namespaceSelector, of))
          .map(({ name }) => name.replace('.policies.remora.dev', ''));
        expect(names).to.deep.equal(expected);
      });
    }

    const entry = async (name: string): Promise<Entry> => {
      const found = (await entriesOf()).find((each) => each.name === `${name}.policies.remora.dev`);
      if (found === undefined) throw new Error(`no entry ${name}`);
      return found;
    };

    it('at the address for that: policies judge at /policies, and are looked at themselves at /validate', async () => {
      const paths = await Promise.all(
        ['namespaced', 'deletions', 'cluster', 'configmaps'].map(
          async (name) => ((await entry(name)).clientConfig['service'] as { readonly path: string }).path,
        ),
      );
      expect(paths).to.deep.equal(['/policies', '/policies', '/policies', '/validate']);
    });

    it('never about a write to what is being deleted: its finalizers must be able to go', async () => {
      const conditions = (await entry('namespaced')).matchConditions.map(({ name }) => name);
      expect(conditions).to.deep.equal(['not-being-deleted']);
    });

    it('about ConfigMaps that carry the label, whatever it says, when anything changes that a policy is read of', async () => {
      const { objectSelector, failurePolicy, timeoutSeconds, rules, matchConditions } = await entry('configmaps');
      expect({ failurePolicy, timeoutSeconds }).to.deep.equal({ failurePolicy: 'Fail', timeoutSeconds: 10 });
      expect(rules).to.deep.equal([
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          resources: ['configmaps'],
          operations: ['CREATE', 'UPDATE'],
          scope: 'Namespaced',
        },
      ]);
      for (const value of ['true', 'false', 'yes']) {
        expect(selects(objectSelector, { 'remora.dev/policy': value }), value).to.equal(true);
      }
      expect(selects(objectSelector, { 'remora.dev/settings': 'true' })).to.equal(false);
      const text = matchConditions.map(({ expression }) => expression).join('\n');
      for (const part of ['data', 'binaryData', 'metadata.?labels', 'metadata.?annotations']) {
        expect(text).to.contain(`object.?${part}`.replace('?metadata', 'metadata'));
      }
    });
  });

  it('asks its mutating entries again after another webhook changed the pod', async () => {
    const mutating = ofKind<Configuration>(await render(), 'MutatingWebhookConfiguration');
    for (const { reinvocationPolicy } of mutating.flatMap(({ webhooks }) => webhooks)) {
      expect(reinvocationPolicy).to.equal('IfNeeded');
    }
  });

  it('ships a deny list with the pod networks, and a list of warnings with what else a cluster needs to start', async () => {
    for (const entry of await entriesOf()) {
      if (!entry.rules.some(({ resources }) => resources.includes('pods'))) continue;
      for (const network of ['calico-system', 'cilium', 'kube-flannel', 'tigera-operator']) {
        expect(selects(entry.namespaceSelector, namespace(network, 'enabled')), `${entry.name} in ${network}`).to.equal(
          false,
        );
      }
    }
    const configMaps = ofKind<Rendered & { readonly data?: Labels }>(await render(), 'ConfigMap');
    const text = configMaps.find(({ metadata }) => metadata.name === 'remora-config')?.data?.['config.yaml'] ?? '';
    const { excludedNamespaces, warnNamespaces } = parse(text) as Readonly<Record<string, readonly string[]>>;
    expect(warnNamespaces).to.include.members(['vault', 'cert-manager', 'prometheus', 'longhorn-system']);
    expect(warnNamespaces?.filter((name) => excludedNamespaces?.includes(name))).to.deep.equal([]);
  });

  it('takes namespaces that the values exclude out of every pod entry', async () => {
    for (const entry of await entriesOf({ excludedNamespaces: ['vault'] })) {
      if (!entry.rules.some(({ resources }) => resources.includes('pods'))) continue;
      expect(selects(entry.namespaceSelector, namespace('vault', 'enabled')), entry.name).to.equal(false);
      expect(selects(entry.namespaceSelector, namespace('vault')), entry.name).to.equal(false);
    }
  });
});
