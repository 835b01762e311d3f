import { expect } from 'chai';
import { keptEnvironment } from '../../../../control/images/environment.ts';

describe('control/images/environment', () => {
  it('keeps what admission merges and drops everything else', () => {
    const Env = [
      'PATH=/bin',
      'NODE_OPTIONS=--max-old-space-size=64',
      'DB_PASSWORD=secret',
      'OTEL_SERVICE_NAME=a=b',
      'PYTHONPATH',
    ];
    expect(keptEnvironment({ config: { Env } })).to.deep.equal({
      NODE_OPTIONS: '--max-old-space-size=64',
      OTEL_SERVICE_NAME: 'a=b',
      PYTHONPATH: '',
    });
  });

  for (const configuration of [
    {},
    { config: null },
    { config: {} },
    { config: { Env: null } },
    { config: { Env: [] } },
  ]) {
    it(`reads ${JSON.stringify(configuration)} as an empty environment`, () => {
      expect(keptEnvironment(configuration)).to.deep.equal({});
    });
  }

  const long = `NODE_OPTIONS=${'x'.repeat(5000)}`;
  for (const configuration of [
    null,
    3,
    'x',
    { config: 1 },
    { config: { Env: {} } },
    { config: { Env: [1] } },
    { config: { Env: [long] } },
  ]) {
    it(`does not accept ${JSON.stringify(configuration).slice(0, 40)}`, () => {
      expect(keptEnvironment(configuration)).to.equal(undefined);
    });
  }
});
