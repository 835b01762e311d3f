import { expect } from 'chai';
import { validateSettingsConfigMap } from '../../../../webhook/admission/configmap.ts';
import { chart } from '../../settings/sources.ts';
import { requestFor } from './requests.ts';

const rules = { chart: chart(), namespace: undefined };
const good = '- match: {labels: {}}\n  settings: {telemetry: node}\n';
const bad = '- match: {labels: {}}\n  settings: {telemetry: nodejs}\n';

function configMap(text: string | undefined, label: string | undefined = 'true', extra: object = {}): unknown {
  return {
    metadata: { name: 'a', labels: label === 'none' ? {} : { 'remora.dev/settings': label }, ...extra },
    ...(text === undefined ? {} : { data: { 'settings.yaml': text } }),
  };
}

const validate = (after: unknown, before?: unknown, given: Parameters<typeof validateSettingsConfigMap>[1] = rules) =>
  validateSettingsConfigMap(requestFor('ConfigMap', after, before), given);

describe('webhook/admission/configmap', () => {
  it('allows a document that is right', () => {
    expect(validate(configMap(good))).to.deep.include({ outcome: 'allowed', warnings: [] });
  });

  it('refuses every mistake with line and column', () => {
    const response = validate(configMap(`${bad}- match: {}\n`));
    expect(response).to.include({ outcome: 'denied', status: 422 });
    const fields = response.outcome === 'denied' ? response.problems.map(({ field }) => field) : [];
    expect(fields).to.deep.equal([
      'settings.yaml:2:14 [0].settings.telemetry',
      'settings.yaml:3:3 [1]',
      'settings.yaml:3:10 [1].match',
    ]);
  });

  it('refuses one without its key', () => {
    expect(validate(configMap(undefined))).to.include({ outcome: 'denied', code: 'SettingsShape' });
  });

  it('refuses a label that would silently do nothing', () => {
    expect(validate(configMap(good, 'yes'))).to.include({ outcome: 'denied', code: 'InvalidSetting' });
  });

  for (const label of ['none', 'false']) {
    it(`leaves alone what is no settings ConfigMap (${label})`, () => {
      expect(validate(configMap(bad, label)).outcome).to.equal('allowed');
      expect(validate(configMap(bad, label), configMap(good)).outcome).to.equal('allowed');
    });
  }

  it('refuses what loosens a lock, wherever its entry matches', () => {
    const off = configMap('- match: {labels: {app: x}}\n  settings: {telemetry: off}\n');
    const locked = { name: 'shop', labels: {}, annotations: { 'remora.dev/lock': 'telemetry' } };
    expect(validate(off).outcome).to.equal('allowed');
    for (const given of [
      { chart: chart({}, ['telemetry']), namespace: undefined },
      { chart: chart(), namespace: locked },
    ]) {
      expect(validate(off, undefined, given)).to.include({ outcome: 'denied', code: 'SettingLocked' });
    }
  });

  it('warns of what was wrong before and is not changed', () => {
    const response = validate(configMap(bad, 'true', { finalizers: [] }), configMap(bad));
    expect(response.outcome).to.equal('allowed');
    expect(response.warnings).to.have.length(1);
    expect(validate(configMap(bad), configMap(good)).outcome).to.equal('denied');
    expect(validate(configMap(bad), configMap(bad, 'none')).outcome).to.equal('denied');
  });

  it('never stands in the way of a deletion', () => {
    expect(validate(configMap(bad, 'true', { deletionTimestamp: '2026-11-23T00:00:00Z' })).outcome).to.equal('allowed');
    const deletion = { ...requestFor('ConfigMap', undefined, configMap(bad)), operation: 'DELETE' } as const;
    expect(validateSettingsConfigMap(deletion, rules).outcome).to.equal('allowed');
  });
});
