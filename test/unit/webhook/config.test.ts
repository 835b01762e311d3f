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

  describe('of policies', () => {
    const policies = (source: string): ReturnType<typeof parseWebhookConfig> =>
      parseWebhookConfig(`${least}\npolicies: ${source}`, {}, '0.1.0');

    it('has defaults where nothing is said, and where only some is', () => {
      for (const source of [least, `${least}\npolicies: {}`]) {
        const parsed = parseWebhookConfig(source, {}, '0.1.0');
        if (parsed.outcome === 'refused') throw new Error(JSON.stringify(parsed.problems));
        expect(parsed.value.policies).to.deep.equal({ timeoutMs: 500, workers: 2, readable: [] });
      }
    });

    it('is what the chart writes', () => {
      const parsed = policies(
        '{timeout: 250ms, workers: 4, readable: [pods, apps/deployments, networking.k8s.io/ingresses]}',
      );
      if (parsed.outcome === 'refused') throw new Error(JSON.stringify(parsed.problems));
      expect(parsed.value.policies).to.deep.equal({
        timeoutMs: 250,
        workers: 4,
        readable: ['pods', 'apps/deployments', 'networking.k8s.io/ingresses'],
      });
    });

    const bad: readonly (readonly [source: string, fields: readonly string[]])[] = [
      ['{timeout: 5ms}', ['policies.timeout']],
      ['{timeout: 3s}', ['policies.timeout']],
      ['{timeout: soon}', ['policies.timeout']],
      ['{workers: 0}', ['policies.workers']],
      ['{workers: 17}', ['policies.workers']],
      ['{workers: 1.5}', ['policies.workers']],
      ['{readable: pods}', ['policies.readable']],
      ['{readable: [secrets]}', ['policies.readable[0]']],
      [
        '{readable: [pods, Deployment, apps/, /pods, apps/v1/deployments]}',
        [1, 2, 3, 4].map((at) => `policies.readable[${at}]`),
      ],
      [
        '{timeout: 3s, workers: 0, readable: [secrets], worker: 1}',
        ['policies.timeout', 'policies.workers', 'policies.readable[0]', 'policies.worker'],
      ],
    ];
    for (const [source, fields] of bad) {
      it(`is refused as ${source}`, () => {
        const parsed = policies(source);
        expect(parsed.outcome === 'refused' && parsed.problems.map(({ field }) => field)).to.have.members([...fields]);
      });
    }

    it('lets nobody read Secrets; what is called so elsewhere is none', () => {
      const parsed = policies('{readable: [secrets, vault.example.com/secrets, secretstores]}');
      expect(parsed.outcome === 'refused' && parsed.problems.map(({ value }) => value)).to.deep.equal(['secrets']);
    });

    it('has programs and a folder at the places of the image, or where the environment says', () => {
      const places = (environment: Readonly<Record<string, string>>): unknown => {
        const parsed = parseWebhookConfig(least, environment, '0.1.0');
        return parsed.outcome === 'refused' ? parsed.problems.map(({ field }) => field) : parsed.value.compiler;
      };
      expect(places({})).to.deep.equal({
        opaPath: '/usr/local/bin/opa',
        prlimitPath: '/usr/bin/prlimit',
        nicePath: '/usr/bin/nice',
        folder: '/tmp/policies',
      });
      expect(places({ REMORA_OPA_PATH: '/opa', REMORA_COMPILER_FOLDER: '/work' })).to.include({
        opaPath: '/opa',
        folder: '/work',
      });
      expect(places({ REMORA_OPA_PATH: 'opa', REMORA_NICE_PATH: '' })).to.deep.equal([
        'REMORA_OPA_PATH',
        'REMORA_NICE_PATH',
      ]);
    });
  });
});
