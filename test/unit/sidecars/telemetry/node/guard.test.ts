import { expect } from 'chai';
import { createRequire } from 'node:module';

interface Decision {
  readonly outcome: 'start' | 'leave';
  readonly code?: string;
  readonly message?: string;
}

const { decide } = createRequire(import.meta.url)('../../../../../sidecars/telemetry/node/guard.cjs') as {
  decide: (facts: Record<string, unknown>) => Decision;
};

const service = {
  versions: { node: '22.15.0' },
  environment: {},
  executableArguments: [],
  program: '/app/server.js',
  isMainThread: true,
};

describe('the Node guard', () => {
  it('starts the agent in a plain service', () => {
    expect(decide(service)).to.deep.equal({ outcome: 'start' });
  });

  for (const version of ['18.19.0', '18.20.8', '20.6.0', '20.20.2', '22.0.0', '26.10.0']) {
    it(`takes Node ${version}`, () => {
      expect(decide({ ...service, versions: { node: version } }).outcome).to.equal('start');
    });
  }

  for (const version of ['8.17.0', '12.22.12', '16.20.2', '18.18.2', '19.9.0', '20.5.1']) {
    it(`leaves Node ${version} with a coded line`, () => {
      const decision = decide({ ...service, versions: { node: version } });
      expect(decision.code).to.equal('UnsupportedNodeVersion');
      expect(decision.message).to.include(version);
    });
  }

  for (const program of [
    '/usr/local/lib/node_modules/npm/bin/npm-cli.js',
    '/usr/local/bin/npm',
    '/usr/bin/npx',
    '/opt/yarn-v1.22.22/bin/yarn.js',
    '/app/.yarn/releases/yarn-4.5.0.cjs',
    '/usr/local/lib/node_modules/corepack/dist/pnpm.js',
    '/app/node_modules/typescript/bin/tsc',
  ]) {
    it(`leaves ${program} in silence`, () => {
      expect(decide({ ...service, program })).to.deep.equal({ outcome: 'leave', code: 'Tool', message: undefined });
    });
  }

  for (const program of [
    '/app/npm/server.js',
    '/app/node_modules/next/dist/bin/next',
    '/yarnball/index.js',
    undefined,
  ]) {
    it(`starts in ${program ?? 'a program without a file'}`, () => {
      expect(decide({ ...service, program }).outcome).to.equal('start');
    });
  }

  for (const options of [
    '--require dd-trace/init',
    '-r newrelic',
    '--import=@opentelemetry/auto-instrumentations-node/register',
    '--require=/app/node_modules/elastic-apm-node/start.js',
  ]) {
    it(`leaves to another agent: ${options}`, () => {
      expect(decide({ ...service, environment: { NODE_OPTIONS: options } }).code).to.equal('OwnTelemetry');
      expect(decide({ ...service, executableArguments: options.split(' ') }).code).to.equal('OwnTelemetry');
    });
  }

  it('does not take its own switch for another agent', () => {
    const environment = { NODE_OPTIONS: '--require /remora/telemetry/node/remora.cjs' };
    expect(decide({ ...service, environment }).outcome).to.equal('start');
  });

  it('leaves in silence where the user turned telemetry off, and in worker threads', () => {
    for (const change of [
      { environment: { OTEL_SDK_DISABLED: 'TRUE' } },
      { environment: { OTEL_TRACES_EXPORTER: 'none' } },
      { isMainThread: false },
    ]) {
      const decision = decide({ ...service, ...change });
      expect(decision.outcome).to.equal('leave');
      expect(decision.message).to.equal(undefined);
    }
  });

  it('says that it cannot speak gRPC', () => {
    const environment = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(decide({ ...service, environment }).code).to.equal('UnsupportedProtocol');
    const own = { ...environment, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' };
    expect(decide({ ...service, environment: own }).outcome).to.equal('start');
  });
});
