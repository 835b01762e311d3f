import { expect } from 'chai';
import type { NamespaceFacts } from '../../../../settings/types.ts';
import type { PolicyConfigMap } from '../../../../settings/policies/types.ts';
import { validatePolicyConfigMap } from '../../../../webhook/admission/policy.ts';
import type { AdmissionRequest } from '../../../../webhook/admission/review.ts';
import type { AdmissionResponse } from '../../../../webhook/admission/response.ts';
import type { Checked } from '../../../../webhook/policy/load/check.ts';
import { world } from '../world.ts';
import { requestFor } from './requests.ts';

const problem = { code: 'InvalidRego', field: 'a.rego:3:5', value: 'deny', allowed: 'Rego' };
const clean: Checked = { problems: [], warnings: [], policies: [] };

function configMap(
  labels: Readonly<Record<string, string>> = { 'remora.dev/policy': 'true' },
  more: object = {},
): object {
  return {
    metadata: { name: 'owners', labels, annotations: { 'remora.dev/policy-kinds': 'Pod' }, ...more },
    data: { 'a.rego': 'package shop' },
  };
}

function namespace(labels: Readonly<Record<string, string>>): NamespaceFacts {
  return { name: 'shop', labels, annotations: {} };
}

describe('webhook/admission/policy: a policy ConfigMap', () => {
  let checked: { readonly configMap: PolicyConfigMap; readonly signal: AbortSignal }[];

  const validate = async (
    request: AdmissionRequest,
    found: Partial<Checked> = {},
    facts: NamespaceFacts | undefined = namespace({ 'remora.dev/inject': 'enabled' }),
  ): Promise<AdmissionResponse> =>
    await validatePolicyConfigMap(request, {
      check: (of, signal) => {
        checked.push({ configMap: of, signal });
        return Promise.resolve({ ...clean, ...found });
      },
      ownNamespace: 'remora-system',
      namespace: () => facts,
    });

  beforeEach(() => {
    checked = [];
  });

  it('is checked as it is about to be stored, and let in where nothing is wrong', async () => {
    const response = await validate(requestFor('ConfigMap', { ...configMap(), binaryData: { 'x.bin': 'AA==' } }));
    expect(response).to.deep.include({ outcome: 'allowed', warnings: [] });
    expect(checked.map((one) => one.configMap)).to.deep.equal([
      {
        namespace: 'shop',
        name: 'owners',
        labels: { 'remora.dev/policy': 'true' },
        annotations: { 'remora.dev/policy-kinds': 'Pod' },
        data: { 'a.rego': 'package shop' },
        binaryKeys: ['x.bin'],
      },
    ]);
  });

  it('is refused with every problem, and its warnings beside them', async () => {
    const response = await validate(requestFor('ConfigMap', configMap()), {
      problems: [problem, { ...problem, field: 'b.rego:1:1' }],
      warnings: ['old Rego [RegoV0]'],
    });
    expect(response).to.include({ outcome: 'denied', status: 422, code: 'InvalidRego' });
    expect(response).to.have.property('message').that.contains('a.rego:3:5').and.contains('b.rego:1:1');
    expect(response.warnings).to.deep.equal(['old Rego [RegoV0]']);
  });

  it('is refused for what was wrong before too: OPA does not say which is new', async () => {
    const response = await validate(requestFor('ConfigMap', configMap(), configMap()), { problems: [problem] });
    expect(response.outcome).to.equal('denied');
  });

  it('is checked the same in a dry run', async () => {
    const request = { ...requestFor('ConfigMap', configMap()), isDryRun: true };
    expect((await validate(request, { problems: [problem] })).outcome).to.equal('denied');
  });

  const notAsked: readonly (readonly [what: string, request: AdmissionRequest])[] = [
    ['says that it is none', requestFor('ConfigMap', configMap({ 'remora.dev/policy': 'false' }), configMap())],
    ['has lost its label', requestFor('ConfigMap', configMap({}), configMap())],
    [
      'waits for its finalizers',
      requestFor('ConfigMap', configMap(undefined, { deletionTimestamp: '2026-11-25T00:00:00Z' }), configMap()),
    ],
    ['is deleted', { ...requestFor('ConfigMap', undefined, configMap()), operation: 'DELETE' }],
    ['is asked about by a subresource', { ...requestFor('ConfigMap', configMap()), subResource: 'status' }],
  ];
  for (const [what, request] of notAsked) {
    it(`is let in unread when it ${what}`, async () => {
      const response = await validate(request, { problems: [problem] }, namespace({}));
      expect(response).to.deep.include({ outcome: 'allowed', warnings: [] });
      expect(checked).to.deep.equal([]);
    });
  }

  it('is checked whatever else its label says, so that a misspelt one does not silently do nothing', async () => {
    await validate(requestFor('ConfigMap', configMap({ 'remora.dev/policy': 'yes' })));
    expect(checked).to.have.length(1);
  });

  it('is given up on before the API server gives up on the webhook', async () => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    const asked: number[] = [];
    const signal = new AbortController().signal;
    AbortSignal.timeout = (ms) => {
      asked.push(ms);
      return signal;
    };
    try {
      await validate(requestFor('ConfigMap', configMap()));
    } finally {
      AbortSignal.timeout = timeout;
    }
    expect(asked).to.have.length(1);
    expect(asked[0]).to.be.within(5_000, 9_999);
    expect(checked.map((one) => one.signal)).to.deep.equal([signal]);
  });

  describe('sleeps', () => {
    const asleep =
      'Namespace shop is not labelled remora.dev/inject=enabled, so this policy does nothing until it is. Policies for ' +
      'every labelled namespace belong to remora-system. [PolicyAsleep]';
    const table: readonly (readonly [
      what: string,
      facts: NamespaceFacts | undefined,
      home: string,
      warnings: readonly string[],
    ])[] = [
      ['in a namespace without the label', namespace({}), 'shop', [asleep]],
      ['in one whose label says no', namespace({ 'remora.dev/inject': 'disabled' }), 'shop', [asleep]],
      ['not in a labelled one', namespace({ 'remora.dev/inject': 'enabled' }), 'shop', []],
      ['not in Remora’s own', namespace({}), 'remora-system', []],
    ];
    for (const [what, facts, home, warnings] of table) {
      it(`${what}: ${warnings.length} warnings`, async () => {
        const response = await validate({ ...requestFor('ConfigMap', configMap()), namespace: home }, {}, facts);
        expect(response).to.deep.include({ outcome: 'allowed', warnings });
      });
    }

    it('and is told so beside the other warnings', async () => {
      const response = await validate(requestFor('ConfigMap', configMap()), { warnings: ['w'] }, namespace({}));
      expect(response.warnings).to.deep.equal(['w', asleep]);
    });

    it('as far as is known once it was checked: the label may come with the same kubectl apply', async () => {
      let facts: NamespaceFacts | undefined;
      const response = await validatePolicyConfigMap(requestFor('ConfigMap', configMap()), {
        check: () => {
          facts = namespace({ 'remora.dev/inject': 'enabled' });
          return Promise.resolve(clean);
        },
        ownNamespace: 'remora-system',
        namespace: () => facts,
      });
      expect(response.warnings).to.deep.equal([]);
    });
  });
});

describe('webhook/admission/validate: ConfigMaps', () => {
  const good = '- match: {labels: {}}\n  settings: {telemetry: node}\n';
  const bad = '- match: {labels: {}}\n  settings: {telemetry: nodejs}\n';
  let asked: number;
  const validate = async (labels: Readonly<Record<string, string>>, settings: string, found: Partial<Checked> = {}) => {
    const one = world({
      checkPolicy: () => {
        asked += 1;
        return Promise.resolve({ ...clean, ...found });
      },
    });
    one.label('shop');
    const object = { ...configMap(labels), data: { 'settings.yaml': settings } };
    return await one.ask('validate', {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: 'u',
        operation: 'CREATE',
        kind: { group: '', version: 'v1', kind: 'ConfigMap' },
        resource: { group: '', version: 'v1', resource: 'configmaps' },
        namespace: 'shop',
        name: 'owners',
        userInfo: { username: 'someone' },
        object,
        oldObject: null,
      },
    });
  };
  const settings = { 'remora.dev/settings': 'true' };
  const policy = { 'remora.dev/policy': 'true' };

  beforeEach(() => {
    asked = 0;
  });

  it('are neither, without either label', async () => {
    expect(await validate({}, bad, { problems: [problem] })).to.include({ allowed: true });
    expect(asked).to.equal(0);
  });

  it('are settings, or policies, by their labels', async () => {
    expect((await validate(settings, bad)).allowed).to.equal(false);
    expect(asked).to.equal(0);
    expect((await validate(policy, bad)).allowed).to.equal(true);
    expect((await validate(policy, good, { problems: [problem] })).status?.message).to.contain('a.rego:3:5');
    expect(asked).to.equal(2);
  });

  it('have to be right as both, where both labels stand', async () => {
    const both = { ...settings, ...policy };
    expect((await validate(both, good)).allowed).to.equal(true);
    expect((await validate(both, good, { problems: [problem] })).allowed).to.equal(false);
    expect(asked).to.equal(2);
    expect((await validate(both, bad)).allowed).to.equal(false);
    expect(asked).to.equal(2);
  });

  it('bring the warnings of their policy', async () => {
    expect((await validate(policy, good, { warnings: ['old Rego [RegoV0]'] })).warnings).to.deep.equal([
      'old Rego [RegoV0]',
    ]);
  });
});
