import { expect } from 'chai';
import { parseControlConfig } from '../../../control/config.ts';

const chart = `
settings: {telemetry: auto}
lock: []
excludedNamespaces: [kube-system]
warnNamespaces: [vault]
collector: {endpoint: "http://collector:4318"}
images: {telemetry: "docker.io/remora/remora-telemetry:1", pullPolicy: IfNotPresent}
sampler: {ratio: 1}
failurePolicy: Fail
policies: {timeout: 500ms, workers: 2}
certificates: {provider: self, leaf: 24h, root: 8760h}
`;

describe('Configuration of control', () => {
  it("reads the chart's file and the pod's environment", () => {
    const parsed = parseControlConfig(chart, { REMORA_NAMESPACE: 'rs', REMORA_POD_NAME: 'remora-control-0' });
    expect(parsed).to.deep.equal({
      outcome: 'parsed',
      value: {
        namespace: 'rs',
        podName: 'remora-control-0',
        logLevel: 'info',
        ports: { probes: 9090, debug: 9091 },
        certificates: {
          provider: 'self',
          times: { leafMs: 86_400_000, rootMs: 31_536_000_000, sealMs: 86_400_000, overlapMs: 300_000 },
        },
        plainHttpRegistries: [],
      },
    });
  });

  it('shrinks the overlap with short lives, as tests use them', () => {
    const parsed = parseControlConfig('images: {}\ncertificates: {leaf: 60s, root: 4m}', {});
    expect(parsed).to.have.nested.property('value.certificates.times.overlapMs', 10_000);
  });

  it('refuses a root that cannot hold its leaves, unknown keys and bad environment, all at once', () => {
    const source = 'images: {}\ncertificates: {leaf: 60s, root: 3m}';
    const parsed = parseControlConfig(source, { REMORA_PROBES_PORT: '70000', REMORA_LOG_LEVEL: 'loud' });
    expect(parsed.outcome === 'refused' && parsed.problems.map(({ field }) => field)).to.deep.equal([
      'certificates.root',
      'REMORA_PROBES_PORT',
      'REMORA_LOG_LEVEL',
    ]);
    const unknown = parseControlConfig('images: {}\ncertificates: {leafs: 60s}', {});
    expect(unknown.outcome === 'refused' && unknown.problems[0]).to.include({ nearest: 'leaf' });
  });
});
