import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { schemaPath, withSettings } from '../../../../scripts/schema.ts';
import { chartFolder, lint, valueSets } from './helm.ts';
import type { Values } from './helm.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

const schemaText = readFileSync(schemaPath, 'utf8');
const schema = JSON.parse(schemaText) as Schema;
const valuesText = readFileSync(join(chartFolder, 'values.yaml'), 'utf8');

/** Paths of every property of the schema, and of every key of values.yaml. */
function schemaPaths(part: Schema, at: readonly string[] = []): readonly string[] {
  return Object.entries(part.properties ?? {}).flatMap(([key, inner]) => {
    const path = [...at, key];
    return [path.join('.'), ...schemaPaths(inner, path)];
  });
}

function valuePaths(value: unknown, at: readonly string[] = []): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = [...at, key];
    return [path.join('.'), ...valuePaths(inner, path)];
  });
}

describe('values of the chart', function () {
  this.timeout(1_800_000);

  it('are exactly those that the schema names', () => {
    const optional = /^(global|settings\..*|.*\.resources\..*)$/;
    const isListed = (path: string): boolean => !optional.test(path);
    expect(valuePaths(parse(valuesText)).filter(isListed)).to.have.members(schemaPaths(schema).filter(isListed));
  });

  it('take no key that the schema does not name, at any depth', () => {
    const open = (part: Schema, at: string): readonly string[] => [
      ...(part.properties !== undefined && part.additionalProperties !== false ? [at] : []),
      ...Object.entries(part.properties ?? {}).flatMap(([key, inner]) => open(inner, `${at}.${key}`)),
    ];
    expect(open(schema, 'values')).to.deep.equal([]);
  });

  it('are described, each at the top level', () => {
    const undescribed = Object.entries(schema.properties ?? {}).filter(([, { description }]) => !description);
    expect(undescribed.map(([key]) => key)).to.deep.equal([]);
  });

  it('have the settings of the settings table (node scripts/schema.ts writes them)', () => {
    expect(JSON.parse(withSettings(schemaText))).to.deep.equal(schema);
  });

  for (const [name, values] of Object.entries(valueSets)) {
    it(`pass helm lint: ${name}`, async () => {
      const { succeeded, text } = await lint(values);
      expect(succeeded, text).to.equal(true);
    });
  }

  const wrong: readonly (readonly [string, Values, string])[] = [
    ['an unknown value', { colector: {} }, "'colector' not allowed"],
    ['an unknown value further down', { 'collector.enabeld': true }, "'enabeld' not allowed"],
    ['an unknown profile', { profile: 'big' }, "one of 'ha', 'small'"],
    ['an unknown setting', { 'settings.telemetr': 'auto' }, "'telemetr' not allowed"],
    ['a bad value of a setting', { 'settings.telemetry': 'nodejs' }, "'/settings/telemetry'"],
    ['a setting that YAML made a boolean', { 'settings.telemetry': false }, 'got boolean, want string'],
    ['a lock of no setting', { lock: ['mtls'] }, "'/lock/0'"],
    ['no replicas', { 'webhook.replicas': 0 }, "'/webhook/replicas'"],
    ['an unknown failure policy', { failurePolicy: 'fail' }, "one of 'Fail', 'Ignore'"],
    ['a digest that is none', { 'images.remora.digest': 'latest' }, "'/images/remora/digest'"],
    ['an endpoint without a scheme', { 'telemetry.endpoint': 'otel:4318' }, "'/telemetry/endpoint'"],
    ['a ratio above 1', { 'telemetry.samplerRatio': 5 }, "'/telemetry/samplerRatio'"],
    ['a life without a unit', { 'certificates.leaf': '24' }, "'/certificates/leaf'"],
    [
      'an API server that is no address',
      { 'networkPolicy.apiServers': ['api.example'] },
      "'/networkPolicy/apiServers/0'",
    ],
    ['Secrets that policies could read', { 'policies.readable': ['pods', 'secrets'] }, "'/policies/readable/1'"],
    ['a kind that is no resource', { 'policies.readable': ['apps/v1/Deployment'] }, "'/policies/readable/0'"],
    ['a resource that is named twice', { 'policies.readable': ['pods', 'pods'] }, "'/policies/readable'"],
    ['a policy’s time without a unit', { 'policies.timeout': '500' }, "'/policies/timeout'"],
    ['a policy’s time that the API server does not have', { 'policies.timeout': '3s' }, "'/policies/timeout'"],
    ['a policy’s time that is none', { 'policies.timeout': '9ms' }, "'/policies/timeout'"],
    ['no threads', { 'policies.workers': 0 }, "'/policies/workers'"],
    ['too many threads', { 'policies.workers': 17 }, "'/policies/workers'"],
    ['an unknown failure policy of policies', { 'policies.failurePolicy': 'Deny' }, "one of 'Fail', 'Ignore'"],
    ['namespaces that are none', { excludedNamespaces: ['Vault'] }, "'/excludedNamespaces/0'"],
  ];
  for (const [name, values, reason] of wrong) {
    it(`are refused with the reason: ${name}`, async () => {
      const { succeeded, text } = await lint(values);
      expect(succeeded).to.equal(false);
      expect(text).to.contain(reason);
    });
  }
});
