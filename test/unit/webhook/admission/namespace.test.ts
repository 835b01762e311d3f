import { expect } from 'chai';
import { validateNamespace } from '../../../../webhook/admission/namespace.ts';
import { chart } from '../../settings/sources.ts';
import { requestFor } from './requests.ts';

const rules = { chart: chart(), excludedNamespaces: ['infra'], warnNamespaces: ['vault'] };

interface Parts {
  readonly name?: string;
  readonly inject?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deleted?: boolean;
}

function namespace({ name = 'shop', inject, annotations = {}, deleted = false }: Parts = {}): unknown {
  return {
    metadata: {
      name,
      labels: { 'kubernetes.io/metadata.name': name, ...(inject === undefined ? {} : { 'remora.dev/inject': inject }) },
      annotations,
      ...(deleted ? { deletionTimestamp: '2026-11-23T00:00:00Z' } : {}),
    },
  };
}

const validate = (after: Parts, before?: Parts, with_ = rules) =>
  validateNamespace(
    requestFor('Namespace', namespace(after), before === undefined ? undefined : namespace(before)),
    with_,
  );

const bad = { 'remora.dev/telemetry': 'nodejs' };

describe('webhook/admission/namespace', () => {
  it('allows what is right, and says nothing', () => {
    const right = { inject: 'enabled', annotations: { 'remora.dev/telemetry': 'node', 'remora.dev/lock': 'inject' } };
    expect(validate({}, {})).to.deep.include({ outcome: 'allowed', warnings: [] });
    expect(validate(right)).to.deep.include({ outcome: 'allowed', warnings: [] });
    expect(validate(right, right)).to.deep.include({ outcome: 'allowed', warnings: [] });
  });

  it('refuses every mistake at once: key, value, what is allowed, nearest spelling', () => {
    const response = validate({
      inject: 'true',
      annotations: {
        ...bad,
        'remora.dev/lock': 'telemetri,inject',
        'remora.dev/telemtry': 'x',
        'remora.dev/seal': 'x',
      },
    });
    expect(response).to.include({ outcome: 'denied', status: 422 });
    expect(
      response.outcome === 'denied' ? response.problems.map(({ code, nearest }) => [code, nearest]) : [],
    ).to.deep.equal([
      ['InvalidSetting', 'enabled'],
      ['InvalidSetting', 'node'],
      ['UnknownSetting', 'remora.dev/telemetry'],
      ['MisplacedSetting', undefined],
      ['InvalidSetting', 'telemetry,inject'],
    ]);
  });

  it('holds the lock of the chart', () => {
    const locked = { ...rules, chart: chart({}, ['telemetry']) };
    expect(validate({ annotations: { 'remora.dev/telemetry': 'off' } }, undefined, locked)).to.include({
      outcome: 'denied',
      code: 'SettingLocked',
    });
  });

  it('warns of what was wrong before and is not changed', () => {
    const response = validate({ inject: 'enabled', annotations: bad }, { inject: 'enabled', annotations: bad });
    expect(response.outcome).to.equal('allowed');
    expect(response.warnings).to.have.length(1);
    expect(response.warnings[0]).to.contain('Did you mean "node"?');
  });

  it('refuses what is new beside what was wrong before', () => {
    const response = validate({ annotations: { ...bad, 'remora.dev/x': 'y' } }, { annotations: bad });
    expect(response).to.include({ outcome: 'denied', code: 'UnknownSetting' });
    expect(response.warnings).to.have.length(1);
  });

  it('refuses to change a wrong value into another wrong value', () => {
    expect(validate({ annotations: { 'remora.dev/telemetry': 'x' } }, { annotations: bad }).outcome).to.equal('denied');
  });

  for (const inject of [undefined, 'disabled']) {
    it(`never refuses the way out: ${inject ?? 'label taken off'}`, () => {
      const after = { annotations: { ...bad, 'remora.dev/x': 'y' }, ...(inject === undefined ? {} : { inject }) };
      for (const before of ['enabled', 'true']) {
        const response = validate(after, { inject: before });
        expect(response.outcome).to.equal('allowed');
        expect(response.warnings).to.have.length(before === 'enabled' ? 3 : 2);
      }
    });
  }

  it('lets the way out through a lock of inject', () => {
    const locked = { ...rules, chart: chart({}, ['inject']) };
    expect(validate({ inject: 'disabled' }, { inject: 'enabled' }, locked).outcome).to.equal('allowed');
  });

  it('refuses a misspelt way out, which would leave it labelled with nothing', () => {
    expect(validate({ inject: 'disable' }, { inject: 'enabled' }).outcome).to.equal('denied');
  });

  it('never stands in the way of a deletion', () => {
    expect(validate({ annotations: bad, deleted: true }, {}).outcome).to.equal('allowed');
    const deletion = { ...requestFor('Namespace', undefined, namespace()), operation: 'DELETE' } as const;
    expect(validateNamespace(deletion, rules).outcome).to.equal('allowed');
  });

  it('leaves status and finalizers alone', () => {
    const request = {
      ...requestFor('Namespace', namespace({ annotations: bad }), namespace()),
      subResource: 'finalize',
    };
    expect(validateNamespace(request, rules).outcome).to.equal('allowed');
  });

  for (const name of ['kube-system', 'remora-system', 'infra']) {
    it(`never refuses anything of ${name}, and says once that a label does nothing`, () => {
      const response = validate({ name, inject: 'enabled', annotations: bad }, { name });
      expect(response.outcome).to.equal('allowed');
      expect(response.warnings.join()).to.contain('[ExcludedNamespace]');
      expect(validate({ name, inject: 'enabled' }, { name, inject: 'enabled' }).warnings).to.deep.equal([]);
    });
  }

  it('warns at labelling that running pods change only on restart', () => {
    expect(validate({ inject: 'enabled' }, {}).warnings.join()).to.contain(
      'kubectl rollout restart deployment -n shop',
    );
    expect(validate({}, { inject: 'enabled' }).warnings.join()).to.contain('keep what was injected');
    expect(validate({ inject: 'enabled' }).warnings).to.deep.equal([]);
  });

  it('warns at labelling what Remora itself may need', () => {
    const name = 'vault';
    expect(validate({ name, inject: 'enabled' }).warnings.join()).to.contain('[InfrastructureNamespace]');
    expect(validate({ name, inject: 'enabled' }, { name }).warnings).to.have.length(2);
    expect(validate({ name, inject: 'enabled' }, { name, inject: 'enabled' }).warnings).to.deep.equal([]);
  });

  it('allows an object that it cannot read', () => {
    for (const object of [undefined, null, 1, [], {}, { metadata: { labels: [], annotations: { a: 1 } } }]) {
      expect(validateNamespace(requestFor('Namespace', object), rules).outcome).to.equal('allowed');
    }
  });
});
