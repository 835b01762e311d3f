import { expect } from 'chai';
import { parseWebhookConfig } from '../../../webhook/config.ts';

const least = 'images: {telemetry: "docker.io/remora/remora-telemetry:0.1.0"}';

describe('the configuration of the webhook', () => {
  it('needs no more than an image', () => {
    const parsed = parseWebhookConfig(least, {}, '0.1.0');
    expect(parsed.outcome).to.equal('parsed');
    if (parsed.outcome === 'refused') return;
    expect(parsed.value).to.deep.include({
      namespace: 'remora-system',
      logLevel: 'info',
      ports: { admission: 9443, probes: 9090, debug: 9091 },
      drainGraceMs: 5_000,
      excludedNamespaces: ['remora-system'],
    });
    expect(parsed.value.chart).to.deep.equal({
      version: '0.1.0',
      telemetryImage: 'docker.io/remora/remora-telemetry:0.1.0',
      imagePullPolicy: 'IfNotPresent',
      samplerRatio: 1,
    });
  });

  it('is what the chart writes', () => {
    const source = `
      settings: {telemetry: "off"}
      lock: [inject]
      excludedNamespaces: [kube-system]
      warnNamespaces: [vault]
      collector: {endpoint: "http://collector:4318"}
      images: {telemetry: x, pullPolicy: Always, plainHttpRegistries: ["localhost:5000"]}
      sampler: {ratio: 0.25}
      failurePolicy: Ignore
      certificates: {provider: self, leaf: 24h, root: 8760h, seal: 24h}
    `;
    const parsed = parseWebhookConfig(source, { REMORA_NAMESPACE: 'mine' }, '0.1.0');
    expect(parsed.outcome).to.equal('parsed');
    if (parsed.outcome === 'refused') return;
    expect(parsed.value.settings.values).to.deep.equal({ telemetry: 'off' });
    expect(parsed.value.settings.lock.has('inject')).to.equal(true);
    expect(parsed.value.excludedNamespaces).to.deep.equal(['kube-system', 'mine']);
    expect(parsed.value.chart).to.include({ collectorEndpoint: 'http://collector:4318', samplerRatio: 0.25 });
  });

  it('is refused with every problem of file and environment at once', () => {
    const environment = { REMORA_ADMISSION_PORT: '99999', REMORA_LOG_LEVEL: 'loud', REMORA_NAMESPACE: '' };
    const parsed = parseWebhookConfig('colector: {}\nsampler: {ratio: 2}', environment, '0.1.0');
    expect(parsed.outcome).to.equal('refused');
    if (parsed.outcome === 'parsed') return;
    expect(parsed.problems.map(({ field }) => field)).to.include.members([
      'colector',
      'sampler.ratio',
      'images',
      'REMORA_ADMISSION_PORT',
      'REMORA_LOG_LEVEL',
      'REMORA_NAMESPACE',
    ]);
    expect(parsed.problems.find(({ field }) => field === 'colector')?.nearest).to.equal('collector');
  });

  it('is refused for a setting that does not exist', () => {
    const parsed = parseWebhookConfig(`${least}\nsettings: {telemetri: auto}`, {}, '0.1.0');
    expect(parsed.outcome === 'refused' && parsed.problems[0]).to.include({ code: 'UnknownSetting' });
  });
});
