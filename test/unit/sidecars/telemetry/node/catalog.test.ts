import { expect } from 'chai';
import { createRequire } from 'node:module';
import { catalog, packageOf, selectEntries } from '../../../../../sidecars/telemetry/node/agent/catalog.ts';

const names = (environment: Record<string, string>): readonly string[] =>
  selectEntries(environment).map(({ name }) => name);

describe('the catalog of Node instrumentations', () => {
  it('names packages and classes that exist', () => {
    const require = createRequire(import.meta.url);
    for (const { name, className } of catalog) {
      const found = require(`@opentelemetry/instrumentation-${name}`) as Record<string, unknown>;
      expect(found[className], name).to.be.a('function');
    }
  }).timeout(20_000);

  it('is lean unless the user says otherwise', () => {
    expect(names({})).to.include.members(['http', 'undici', 'grpc', 'express', 'pg', 'redis', 'mongodb']);
    expect(names({})).not.to.include.members(['fs', 'dns', 'net']);
  });

  it('takes OTEL_NODE_ENABLED_INSTRUMENTATIONS instead of the default, less the disabled ones', () => {
    expect(names({ OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'fs, pg,http' })).to.have.members(['fs', 'pg', 'http']);
    const both = { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'pg,http', OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg' };
    expect(names(both)).to.deep.equal(['http']);
    expect(names({ OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg' }))
      .to.include('http')
      .and.not.to.include('pg');
  });

  it('passes over names that it does not know', () => {
    expect(names({ OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'nothing' })).to.deep.equal([]);
  });
});

describe('packageOf', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['pg', 'pg'],
    ['pg/lib/client', 'pg'],
    ['@grpc/grpc-js/build/src/index.js', '@grpc/grpc-js'],
    ['node:http', 'http'],
    ['node:fs/promises', 'fs'],
    ['./pg', undefined],
    ['/app/pg', undefined],
    ['file:///app/pg.js', undefined],
    ['', undefined],
  ];
  for (const [specifier, expected] of cases) {
    it(`reads "${specifier}" as ${expected ?? 'no package'}`, () => {
      expect(packageOf(specifier)).to.equal(expected);
    });
  }
});
