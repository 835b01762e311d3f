import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { WebhookConfig } from '../../../../webhook/config.ts';
import { parseWebhookConfig } from '../../../../webhook/config.ts';
import { chartFolder, ofKind, render, valueSets } from './helm.ts';
import type { Rendered, Values } from './helm.ts';
import { restrictedProblems } from './restricted.ts';
import type { SecuredContainer, SecuredPod } from './restricted.ts';

interface Container extends SecuredContainer {
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly resources: {
    readonly requests: Readonly<Record<string, unknown>>;
    readonly limits?: Readonly<Record<string, unknown>>;
  };
  readonly startupProbe?: unknown;
  readonly livenessProbe?: unknown;
  readonly readinessProbe?: unknown;
}

interface Template {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: SecuredPod & {
    readonly containers: readonly Container[];
    readonly priorityClassName?: string;
    readonly terminationGracePeriodSeconds?: number;
    readonly topologySpreadConstraints?: readonly unknown[];
    readonly affinity?: unknown;
    readonly imagePullSecrets?: readonly { readonly name: string }[];
  };
}

interface Workload extends Rendered {
  readonly spec: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly strategy?: { readonly rollingUpdate?: { readonly maxUnavailable?: number } };
    readonly template: Template;
  };
}

interface NetworkPolicy extends Rendered {
  readonly spec: { readonly ingress: readonly unknown[] };
}

interface ConfigMap extends Rendered {
  readonly data?: Readonly<Record<string, string>>;
}

async function workloads(values: Values): Promise<readonly Workload[]> {
  const objects = await render(values);
  return [...ofKind<Workload>(objects, 'Deployment'), ...ofKind<Workload>(objects, 'Job')];
}

async function deployment(name: string, values: Values = {}): Promise<Workload> {
  const found = ofKind<Workload>(await render(values), 'Deployment').find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`no Deployment ${name}`);
  return found;
}

async function configText(values: Values = {}): Promise<string> {
  const found = ofKind<ConfigMap>(await render(values), 'ConfigMap').find(
    ({ metadata }) => metadata.name === 'remora-config',
  );
  return found?.data?.['config.yaml'] ?? '';
}

describe('workloads of the chart', function () {
  this.timeout(1_800_000);

  for (const [name, values] of Object.entries(valueSets)) {
    describe(`with values: ${name}`, () => {
      it('pass the restricted Pod Security Standard', async () => {
        for (const { metadata, spec } of await workloads(values)) {
          expect(restrictedProblems(spec.template.spec), metadata.name).to.deep.equal([]);
        }
      });

      it('say what they need, and have no CPU limit that would throttle them', async () => {
        for (const { spec } of await workloads(values)) {
          for (const { resources } of spec.template.spec.containers) {
            expect(resources.requests).to.have.all.keys('cpu', 'memory');
            expect(resources.limits ?? {}).to.not.have.property('cpu');
          }
        }
      });

      it('are probed, and roll without taking a replica away first', async () => {
        for (const { spec } of ofKind<Workload>(await render(values), 'Deployment')) {
          expect(spec.strategy?.rollingUpdate?.maxUnavailable).to.equal(0);
          for (const container of spec.template.spec.containers) {
            expect(container).to.include.all.keys('startupProbe', 'livenessProbe', 'readinessProbe');
          }
          for (const [key, value] of Object.entries(spec.selector?.matchLabels ?? {})) {
            expect(spec.template.metadata.labels[key]).to.equal(value);
          }
        }
      });

      it('have a configuration that the webhook reads', async () => {
        const parsed = parseWebhookConfig(await configText(values), {}, '0.1.0');
        expect(parsed.outcome, JSON.stringify(parsed)).to.equal('parsed');
      });
    });
  }

  it('run twice, spread, budgeted and last to be evicted by default', async () => {
    const objects = await render();
    for (const name of ['remora-webhook', 'remora-control']) {
      const { spec } = await deployment(name);
      expect(spec.replicas).to.equal(2);
      expect(spec.template.spec.priorityClassName).to.equal('system-cluster-critical');
      expect(spec.template.spec.topologySpreadConstraints).to.have.lengthOf(1);
      expect(JSON.stringify(spec.template.spec.affinity)).to.contain('preferredDuringScheduling');
    }
    const budgets = ofKind(objects, 'PodDisruptionBudget').map(({ metadata }) => metadata.name);
    expect(budgets).to.deep.equal(['remora-webhook', 'remora-control']);
  });

  it('run once with lower requests and no budget that blocks a drain in the small profile', async () => {
    const objects = await render({ profile: 'small' });
    expect(ofKind(objects, 'PodDisruptionBudget')).to.deep.equal([]);
    const replicas = ofKind<Workload>(objects, 'Deployment').map(({ spec }) => spec.replicas);
    expect(replicas).to.deep.equal([1, 1, 1]);
  });

  it('come from the mirror that the values name, by digest where one is given', async () => {
    const values = valueSets['private mirror, pinned'] ?? {};
    for (const { spec } of await workloads(values)) {
      expect(spec.template.spec.imagePullSecrets).to.deep.equal([{ name: 'mirror' }]);
      for (const { image, imagePullPolicy } of spec.template.spec.containers) {
        expect(image).to.match(/^mirror\.example\/remora\//);
        expect(imagePullPolicy).to.equal('IfNotPresent');
      }
    }
    const { spec } = await deployment('remora-webhook', values);
    expect(spec.template.spec.containers[0]?.image).to.equal(
      `mirror.example/remora/remora-policy@sha256:${'1'.repeat(64)}`,
    );
    const parsed = parse(await configText(values)) as { readonly images: { readonly telemetry: string } };
    expect(parsed.images.telemetry).to.equal(`mirror.example/remora/remora-telemetry@sha256:${'2'.repeat(64)}`);
  });

  it('are rolled when the configuration that they read changes, and only then', async () => {
    const checksum = async (name: string, values: Values): Promise<string | undefined> =>
      (await deployment(name, values)).spec.template.metadata.annotations['checksum/config'];
    for (const name of ['remora-webhook', 'remora-control']) {
      const before = await checksum(name, {});
      expect(await checksum(name, { settings: { telemetry: 'off' } })).to.not.equal(before);
      expect(await checksum(name, { 'webhook.replicas': 3 })).to.equal(before);
    }
    const before = await checksum('remora-collector', {});
    expect(await checksum('remora-collector', { 'collector.forwardTo': 'http://a:4318' })).to.not.equal(before);
  });

  describe('know where telemetry goes', () => {
    const endpointOf = async (values: Values): Promise<unknown> =>
      (parse(await configText(values)) as Readonly<Record<string, unknown>>)['collector'];

    it("to the chart's collector", async () => {
      const endpoint = 'http://remora-collector.remora-system.svc.cluster.local:4318';
      expect(await endpointOf({})).to.deep.equal({ endpoint });
    });
    it('to the endpoint of the values, which wins', async () => {
      const endpoint = 'http://otel.observability:4318';
      expect(await endpointOf({ 'telemetry.endpoint': endpoint })).to.deep.equal({ endpoint });
    });
    it('nowhere, without both', async () => {
      expect(await endpointOf({ 'collector.enabled': false })).to.equal(undefined);
    });
  });

  it('run the collector with the configuration of sidecars/telemetry', () => {
    const source = join(chartFolder, '..', '..', 'sidecars', 'telemetry', 'collector', 'config.yaml');
    const copy = join(chartFolder, 'files', 'collector.yaml');
    expect(readFileSync(copy, 'utf8')).to.equal(readFileSync(source, 'utf8'));
  });

  it('shed load in the collector before they do anything else with what arrives', () => {
    const { processors, service } = parse(readFileSync(join(chartFolder, 'files', 'collector.yaml'), 'utf8')) as {
      readonly processors: Readonly<Record<string, { readonly limit_mib?: number }>>;
      readonly service: { readonly pipelines: Readonly<Record<string, { readonly processors: readonly string[] }>> };
    };
    expect(processors['memory_limiter']?.limit_mib).to.be.lessThan(256);
    for (const pipeline of Object.values(service.pipelines)) {
      expect(pipeline.processors[0]).to.equal('memory_limiter');
    }
  });

  describe('evaluate policies', () => {
    const policiesOf = async (values: Values): Promise<WebhookConfig['policies']> => {
      const parsed = parseWebhookConfig(await configText(values), {}, '0.1.0');
      if (parsed.outcome === 'refused') throw new Error(JSON.stringify(parsed.problems));
      return parsed.value.policies;
    };

    const threads: readonly (readonly [what: string, values: Values, workers: number])[] = [
      ['by default', {}, 2],
      ['in the small profile', { profile: 'small' }, 1],
      ['as the values say', { 'policies.workers': 5 }, 5],
      ['as the values say, in the small profile too', { profile: 'small', 'policies.workers': 3 }, 3],
    ];
    for (const [what, values, workers] of threads) {
      it(`in ${workers} threads ${what}`, async () => {
        expect((await policiesOf(values)).workers).to.equal(workers);
      });
    }

    it('for half a second each, or as long as the values say', async () => {
      expect((await policiesOf({})).timeoutMs).to.equal(500);
      expect((await policiesOf({ 'policies.timeout': '2s' })).timeoutMs).to.equal(2_000);
    });

    it('that the webhook alone compiles: in an image with OPA, and a folder that goes with the pod', async () => {
      const objects = ofKind<Workload>(await render(), 'Deployment');
      const images = objects.map(({ metadata, spec }) => [metadata.name, spec.template.spec.containers[0]?.image]);
      expect(images.filter(([, image]) => image?.includes('/remora-policy:')).map(([name]) => name)).to.deep.equal([
        'remora-webhook',
      ]);
      const { spec } = (await deployment('remora-webhook')).spec.template;
      const [webhook] = spec.containers as readonly (Container & { readonly volumeMounts: readonly object[] })[];
      expect(webhook?.volumeMounts).to.deep.include({ name: 'compiler', mountPath: '/tmp' });
      const folder = parseWebhookConfig(await configText(), {}, '0.1.0');
      expect(folder.outcome === 'parsed' && folder.value.compiler.folder).to.match(/^\/tmp\//);
      const volumes = (spec as { readonly volumes?: readonly object[] }).volumes;
      expect(volumes).to.deep.include({ name: 'compiler', emptyDir: { sizeLimit: '256Mi' } });
    });
  });

  it('are reached on the ports that they serve only, and the webhook by the API servers that the values name', async () => {
    const policies = async (values: Values): Promise<Readonly<Record<string, unknown>>> =>
      Object.fromEntries(
        ofKind<NetworkPolicy>(await render({ 'networkPolicy.enabled': true, ...values }), 'NetworkPolicy').map(
          ({ metadata, spec }) => [metadata.name, spec.ingress],
        ),
      );
    const open = (...ports: readonly number[]): unknown =>
      ports.map((port) => ({ ports: [{ port, protocol: 'TCP' }] }));
    expect(await policies({})).to.deep.equal({
      'remora-webhook': open(9443, 9090),
      'remora-control': open(9090),
      'remora-collector': open(4317, 4318, 8889),
    });
    const named = await policies({ 'networkPolicy.apiServers': ['10.0.0.5/32', 'fd00::/8'] });
    expect(named['remora-webhook']).to.deep.equal([
      {
        ports: [{ port: 9443, protocol: 'TCP' }],
        from: [{ ipBlock: { cidr: '10.0.0.5/32' } }, { ipBlock: { cidr: 'fd00::/8' } }],
      },
      { ports: [{ port: 9090, protocol: 'TCP' }] },
    ]);
    expect(ofKind(await render(), 'NetworkPolicy')).to.deep.equal([]);
  });

  it('forward what the collector receives, beside what it does already', async () => {
    const values = { 'collector.forwardTo': 'https://traces.example:4318' };
    const configMap = ofKind<ConfigMap>(await render(values), 'ConfigMap').find(
      ({ metadata }) => metadata.name === 'remora-collector',
    );
    const config = parse(configMap?.data?.['config.yaml'] ?? '') as {
      readonly exporters: Readonly<Record<string, unknown>>;
      readonly service: { readonly pipelines: Readonly<Record<string, { readonly exporters: readonly string[] }>> };
    };
    expect(config.exporters['otlphttp/forward']).to.deep.equal({ endpoint: 'https://traces.example:4318' });
    expect(config.service.pipelines['traces']?.exporters).to.include.members(['spanmetrics', 'otlphttp/forward']);
    expect(config.service.pipelines['metrics']?.exporters).to.include.members(['prometheus', 'otlphttp/forward']);
  });
});
