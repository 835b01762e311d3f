import { expect } from 'chai';
import type { Combined } from '../../../../../webhook/combine.ts';
import type { Container, EnvVar, Pod } from '../../../../../webhook/plan/pod.ts';
import type { TelemetrySetting } from '../../../../../settings/types.ts';
import {
  containerOf,
  endpoint,
  factsOf,
  inject,
  injected,
  podOf,
  settingsOf,
  valueOf,
} from '../../support/scenario.ts';
import type { FactsOptions } from '../../support/scenario.ts';

function injectedContainer(
  container: Partial<Container>,
  facts: FactsOptions = {},
  telemetry: TelemetrySetting = 'auto',
): Pod {
  return resultOf(container, facts, telemetry).pod;
}

function resultOf(
  container: Partial<Container>,
  facts: FactsOptions = {},
  telemetry: TelemetrySetting = 'auto',
): Extract<Combined, { outcome: 'injected' }> {
  const pod = podOf({ containers: [containerOf(container)] });
  return injected({ pod, settings: settingsOf(telemetry), facts: factsOf(facts) });
}

function skipsOf(result: Extract<Combined, { outcome: 'injected' }>): readonly string[] {
  return result.skipped.map(({ code, container, part }) => [code, container, part].filter(Boolean).join(' '));
}

const env = (...pairs: readonly (readonly [string, string])[]): readonly EnvVar[] =>
  pairs.map(([name, value]) => ({ name, value }));

describe('telemetry in a container', () => {
  it('is where to send to, how, and for whom', () => {
    const pod = injectedContainer({});
    expect(valueOf(pod, 'OTEL_EXPORTER_OTLP_ENDPOINT')).to.equal(endpoint);
    expect(valueOf(pod, 'OTEL_EXPORTER_OTLP_PROTOCOL')).to.equal('http/protobuf');
    expect(valueOf(pod, 'OTEL_PROPAGATORS')).to.equal('tracecontext,baggage');
    expect(valueOf(pod, 'OTEL_TRACES_SAMPLER')).to.equal('parentbased_traceidratio');
    expect(valueOf(pod, 'OTEL_TRACES_SAMPLER_ARG')).to.equal('1');
    expect(valueOf(pod, 'OTEL_LOGS_EXPORTER')).to.equal('none');
    expect(valueOf(pod, 'OTEL_SERVICE_NAME')).to.equal('web');
    expect(valueOf(pod, 'OTEL_RESOURCE_ATTRIBUTES')?.split(',')).to.deep.equal([
      'service.namespace=shop',
      'service.version=1.2.3',
      'service.instance.id=shop.$(REMORA_POD_NAME).web',
      'k8s.namespace.name=shop',
      'k8s.pod.name=$(REMORA_POD_NAME)',
      'k8s.pod.uid=$(REMORA_POD_UID)',
      'k8s.node.name=$(REMORA_NODE_NAME)',
      'k8s.container.name=web',
      'k8s.deployment.name=web',
      'k8s.replicaset.name=web-5d9c7b',
    ]);
  });

  it('with auto is Node and Java, and Python where the image is known', () => {
    const unknown = resultOf({});
    expect(valueOf(unknown.pod, 'NODE_OPTIONS')).to.equal('--require /remora/telemetry/node/remora.cjs');
    expect(valueOf(unknown.pod, 'JAVA_TOOL_OPTIONS')).to.equal('-javaagent:/remora/telemetry/java/remora.jar');
    expect(skipsOf(unknown)).to.deep.equal(['ImageConfigurationUnknown web python']);
    const known = resultOf({}, { images: { 'registry.example/shop/web:1.2.3': { PATH: '/bin' } } });
    expect(valueOf(known.pod, 'PYTHONPATH')).to.equal('/remora/telemetry/python');
    expect(skipsOf(known)).to.deep.equal([]);
  });

  it('takes over what the image sets, since env hides it', () => {
    const images = { 'registry.example/shop/web:1.2.3': { NODE_OPTIONS: '--a $x', PYTHONPATH: '/app' } };
    const pod = injectedContainer({}, { images });
    expect(valueOf(pod, 'NODE_OPTIONS')).to.equal('--a $$x --require /remora/telemetry/node/remora.cjs');
    expect(valueOf(pod, 'PYTHONPATH')).to.equal('/remora/telemetry/python:/app');
  });

  it('leaves what else the image sets for OpenTelemetry to the image', () => {
    const image = 'registry.example/shop/web:1.2.3';
    const read = (environment: Readonly<Record<string, string>>): Pod =>
      injectedContainer({}, { images: { [image]: environment } });
    const named = read({ OTEL_SERVICE_NAME: 'cart', OTEL_TRACES_SAMPLER: 'always_off' });
    expect(valueOf(named, 'OTEL_SERVICE_NAME')).to.equal(undefined);
    expect(valueOf(named, 'OTEL_TRACES_SAMPLER')).to.equal(undefined);
    expect(valueOf(named, 'OTEL_TRACES_SAMPLER_ARG')).to.equal(undefined);
    expect(valueOf(named, 'OTEL_PROPAGATORS')).to.equal('tracecontext,baggage');
    const sending = read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://mine:4317' });
    expect(valueOf(sending, 'OTEL_EXPORTER_OTLP_ENDPOINT')).to.equal(undefined);
    expect(valueOf(sending, 'OTEL_EXPORTER_OTLP_PROTOCOL')).to.equal(undefined);
    const attributes = read({ OTEL_RESOURCE_ATTRIBUTES: 'service.name=cart,team=$x' });
    expect(valueOf(attributes, 'OTEL_RESOURCE_ATTRIBUTES')).to.match(
      /^service\.name=cart,team=\$\$x,service\.namespace=/,
    );
    expect(valueOf(attributes, 'OTEL_SERVICE_NAME')).to.equal(undefined);
    // The pod's own word stands over the image's.
    const own = injectedContainer(
      { env: env(['OTEL_SERVICE_NAME', 'mine']) },
      { images: { [image]: { OTEL_SERVICE_NAME: 'cart' } } },
    );
    expect(valueOf(own, 'OTEL_SERVICE_NAME')).to.equal('mine');
  });

  it('with a list is those runtimes, known or not', () => {
    const result = resultOf({}, {}, ['python']);
    expect(valueOf(result.pod, 'PYTHONPATH')).to.equal('/remora/telemetry/python');
    expect(valueOf(result.pod, 'NODE_OPTIONS')).to.equal(undefined);
    expect(skipsOf(result)).to.deep.equal([]);
  });

  it('is the agents’ image as a volume, or a copy of the listed agents where nodes mount no images', () => {
    const native = injectedContainer({}, {}, ['java']);
    expect(native.spec.volumes).to.deep.equal([
      {
        name: 'remora-telemetry',
        image: { reference: 'docker.io/remora/remora-telemetry:0.1.0', pullPolicy: 'IfNotPresent' },
      },
    ]);
    expect(native.spec.initContainers).to.equal(undefined);
    const copied = injectedContainer({}, { imageVolumes: false }, ['java']);
    expect(copied.spec.volumes).to.deep.equal([{ name: 'remora-telemetry', emptyDir: {} }]);
    expect(copied.spec.initContainers?.[0]).to.deep.include({
      name: 'remora-telemetry',
      command: ['/copy'],
      args: ['java'],
    });
    for (const pod of [native, copied]) {
      expect(pod.spec.containers[0]?.volumeMounts).to.deep.equal([
        { name: 'remora-telemetry', mountPath: '/remora/telemetry', readOnly: true },
      ]);
    }
  });
});

describe('the user’s own values', () => {
  it('win', () => {
    const pod = injectedContainer({ env: env(['OTEL_SERVICE_NAME', 'mine'], ['OTEL_PROPAGATORS', 'b3']) });
    expect(valueOf(pod, 'OTEL_SERVICE_NAME')).to.equal('mine');
    expect(valueOf(pod, 'OTEL_PROPAGATORS')).to.equal('b3');
    expect(pod.spec.containers[0]?.env?.filter(({ name }) => name === 'OTEL_PROPAGATORS')).to.have.length(1);
  });

  it('of list-like variables stay, with ours beside them', () => {
    const pod = injectedContainer({
      env: env(['NODE_OPTIONS', '--x=$(Y)'], ['JAVA_TOOL_OPTIONS', '-Xmx1g'], ['PYTHONPATH', '/app']),
    });
    expect(valueOf(pod, 'NODE_OPTIONS')).to.equal('--x=$(Y) --require /remora/telemetry/node/remora.cjs');
    expect(valueOf(pod, 'JAVA_TOOL_OPTIONS')).to.equal('-Xmx1g -javaagent:/remora/telemetry/java/remora.jar');
    // What env says is known, whatever the image says: Python is in with auto.
    expect(valueOf(pod, 'PYTHONPATH')).to.equal('/remora/telemetry/python:/app');
  });

  it('of the resource win one by one, and what they are extended with stands in front of them', () => {
    const pod = injectedContainer({
      env: env(['OTEL_RESOURCE_ATTRIBUTES', 'service.name=mine,k8s.pod.name=p'], ['Z', '1']),
    });
    const value = valueOf(pod, 'OTEL_RESOURCE_ATTRIBUTES') ?? '';
    expect(value).to.match(/^service\.name=mine,k8s\.pod\.name=p,service\.namespace=shop,/);
    expect(value).not.to.include('k8s.pod.name=$(');
    expect(valueOf(pod, 'OTEL_SERVICE_NAME')).to.equal(undefined);
    expect(pod.spec.containers[0]?.env?.map(({ name }) => name).slice(0, 5)).to.deep.equal([
      'REMORA_POD_NAME',
      'REMORA_POD_UID',
      'REMORA_NODE_NAME',
      'OTEL_RESOURCE_ATTRIBUTES',
      'Z',
    ]);
  });

  it('for the endpoint take the protocol with them, and for the sampler its argument', () => {
    const pod = injectedContainer({
      env: env(['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://mine:4317'], ['OTEL_TRACES_SAMPLER', 'jaeger_remote']),
    });
    expect(valueOf(pod, 'OTEL_EXPORTER_OTLP_PROTOCOL')).to.equal(undefined);
    expect(valueOf(pod, 'OTEL_TRACES_SAMPLER_ARG')).to.equal(undefined);
  });

  it('in ConfigMaps are merged or left to win, and nothing in them becomes a reference', () => {
    const configMaps = { app: { NODE_OPTIONS: '--title=$(x)', OTEL_SERVICE_NAME: 'mine' } };
    const pod = injectedContainer({ envFrom: [{ configMapRef: { name: 'app' } }] }, { configMaps });
    expect(valueOf(pod, 'NODE_OPTIONS')).to.equal('--title=$$(x) --require /remora/telemetry/node/remora.cjs');
    expect(valueOf(pod, 'OTEL_SERVICE_NAME')).to.equal(undefined);
    const prefixed = injectedContainer(
      { envFrom: [{ prefix: 'NODE_', configMapRef: { name: 'p' } }] },
      { configMaps: { p: { OPTIONS: '-a' } } },
    );
    expect(valueOf(prefixed, 'NODE_OPTIONS')).to.equal('-a --require /remora/telemetry/node/remora.cjs');
  });
});

describe('telemetry that is left out', () => {
  const cases: readonly (readonly [
    what: string,
    container: Partial<Container>,
    facts: FactsOptions,
    skips: readonly string[],
  ])[] = [
    [
      'where everything may come from a Secret',
      { envFrom: [{ secretRef: { name: 's' } }] },
      {},
      ['EnvironmentFromSecret web'],
    ],
    [
      'for the runtime whose variable may come from a Secret',
      { envFrom: [{ prefix: 'NODE_', secretRef: { name: 's' } }] },
      {},
      ['EnvironmentFromSecret web node', 'ImageConfigurationUnknown web python'],
    ],
    [
      'for the runtime whose variable comes from valueFrom',
      { env: [{ name: 'NODE_OPTIONS', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }] },
      {},
      ['EnvironmentFromReference web node', 'ImageConfigurationUnknown web python'],
    ],
    [
      'where a ConfigMap that is required is not there yet',
      { envFrom: [{ configMapRef: { name: 'later' } }] },
      {},
      ['EnvironmentFromMissingConfigMap web'],
    ],
    [
      'for the runtime that loads another agent',
      { env: env(['JAVA_TOOL_OPTIONS', '-javaagent:/dd-java-agent.jar']) },
      {},
      ['ConflictingEnvironment web java', 'ImageConfigurationUnknown web python'],
    ],
    ['where there is no collector', {}, { collectorEndpoint: undefined }, ['NoCollector']],
    [
      'where the user’s protocol is not the collector’s',
      { env: env(['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc']) },
      {},
      ['ConflictingEnvironment web'],
    ],
    [
      'where the image’s protocol is not the collector’s',
      {},
      { images: { 'registry.example/shop/web:1.2.3': { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' } } },
      ['ConflictingEnvironment web'],
    ],
    [
      'for the runtime for which the image loads another agent',
      {},
      { images: { 'registry.example/shop/web:1.2.3': { JAVA_TOOL_OPTIONS: '-javaagent:/dd-java-agent.jar' } } },
      ['ConflictingEnvironment web java'],
    ],
    [
      'where something is mounted in its place',
      { volumeMounts: [{ name: 'd', mountPath: '/remora' }] },
      {},
      ['MountPathTaken web'],
    ],
  ];
  for (const [what, container, facts, skips] of cases) {
    it(`is so ${what}`, () => expect(skipsOf(resultOf(container, facts))).to.deep.equal(skips));
  }

  it('is not so where an optional ConfigMap is absent, a Secret has another prefix, or env itself says the values', () => {
    expect(resultOf({ envFrom: [{ configMapRef: { name: 'later', optional: true } }] }).features).to.deep.equal([
      'telemetry',
    ]);
    expect(resultOf({ envFrom: [{ prefix: 'DB_', secretRef: { name: 's' } }] }).features).to.deep.equal(['telemetry']);
    const said = resultOf({
      envFrom: [{ secretRef: { name: 's' } }],
      env: env(['NODE_OPTIONS', ''], ['OTEL_EXPORTER_OTLP_ENDPOINT', endpoint], ['OTEL_RESOURCE_ATTRIBUTES', '']),
    });
    expect(valueOf(said.pod, 'NODE_OPTIONS')).to.equal('--require /remora/telemetry/node/remora.cjs');
    expect(valueOf(said.pod, 'OTEL_PROPAGATORS')).to.equal(undefined);
  });

  it('is not so without a collector where the container has an endpoint of its own', () => {
    const result = resultOf(
      { env: env(['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://mine']) },
      { collectorEndpoint: undefined },
    );
    expect(result.features).to.deep.equal(['telemetry']);
    expect(valueOf(result.pod, 'OTEL_EXPORTER_OTLP_ENDPOINT')).to.equal(undefined);
  });

  it('is so for the whole pod on Windows, and where the collector’s name means nothing', () => {
    const skips = (spec: Partial<Pod['spec']>, facts: FactsOptions = {}): readonly string[] =>
      skipsOf(injected({ pod: podOf(spec), settings: settingsOf(['node']), facts: factsOf(facts) }));
    expect(skips({ os: { name: 'windows' } })).to.deep.equal(['WindowsPod']);
    expect(skips({ nodeSelector: { 'kubernetes.io/os': 'windows' } })).to.deep.equal(['WindowsPod']);
    expect(skips({ hostNetwork: true, dnsPolicy: 'ClusterFirst' })).to.deep.equal(['HostNetwork']);
    expect(skips({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' })).to.deep.equal([]);
    expect(skips({ hostNetwork: true }, { collectorEndpoint: 'http://10.0.0.1:4318' })).to.deep.equal([]);
    expect(skips({ dnsPolicy: 'Default' })).to.deep.equal(['NodeResolver']);
  });
});

describe('containers of telemetry', () => {
  const pod = podOf({
    containers: [containerOf(), containerOf({ name: 'worker' })],
    initContainers: [containerOf({ name: 'migrate' }), containerOf({ name: 'proxy', restartPolicy: 'Always' })],
  });
  const withVariables = (named: readonly string[]): readonly string[] => {
    const result = injected({ pod, settings: settingsOf('auto', named), facts: factsOf({ imageVolumes: false }) });
    return [...(result.pod.spec.initContainers ?? []), ...result.pod.spec.containers]
      .filter((one) => one.env?.some(({ name }) => name === 'OTEL_SERVICE_NAME'))
      .map(({ name }) => name);
  };

  it('are all but init containers and sidecars, or those that are named', () => {
    expect(withVariables([])).to.deep.equal(['web', 'worker']);
    expect(withVariables(['worker'])).to.deep.equal(['worker']);
    expect(withVariables(['proxy'])).to.deep.equal(['proxy']);
  });

  it('are refused under names that the pod has not, all at once, with the nearest', () => {
    const outcome = inject({ pod, settings: settingsOf('auto', ['wbe', 'migrate', 'x']), facts: factsOf() });
    expect(
      outcome.outcome === 'refused' && outcome.problems.map(({ code, value, nearest }) => [code, value, nearest]),
    ).to.deep.equal([
      ['UnknownContainer', 'wbe', 'web'],
      ['UnknownContainer', 'migrate', undefined],
      ['UnknownContainer', 'x', undefined],
    ]);
  });

  it('are at most a hundred', () => {
    const containers = Array.from({ length: 101 }, (_, index) => containerOf({ name: `c${index}` }));
    const outcome = inject({ pod: podOf({ containers }), settings: settingsOf(), facts: factsOf() });
    expect(outcome).to.have.nested.property('problems[0].code', 'TooManyContainers');
  });
});

describe('the service’s name and attributes', () => {
  const named = (metadata: Partial<Pod['metadata']>): string | undefined =>
    valueOf(injected({ pod: podOf({}, metadata), settings: settingsOf(), facts: factsOf() }).pod, 'OTEL_SERVICE_NAME');

  it('come from annotations, then labels, then the owner', () => {
    const labels = { 'app.kubernetes.io/name': 'by-name', 'pod-template-hash': '5d9c7b' };
    const annotations = { 'resource.opentelemetry.io/service.name': 'by-annotation' };
    expect(named({})).to.equal('web');
    expect(named({ labels })).to.equal('by-name');
    expect(named({ labels: { ...labels, 'app.kubernetes.io/instance': 'by-instance' } })).to.equal('by-instance');
    expect(named({ labels, annotations })).to.equal('by-annotation');
  });

  it('are encoded, so that nothing in an annotation becomes another attribute or a reference', () => {
    const annotations = {
      'resource.opentelemetry.io/team': 'a,b=c $(HOME) ü',
      'resource.opentelemetry.io/service.version': '9',
      'resource.opentelemetry.io/no attribute': 'x',
      'resource.opentelemetry.io/service.name': 'n$(HOME)',
    };
    const result = injected({ pod: podOf({}, { annotations }), settings: settingsOf(['node']), facts: factsOf() });
    const list = valueOf(result.pod, 'OTEL_RESOURCE_ATTRIBUTES')?.split(',') ?? [];
    expect(list).to.include('team=a%2Cb%3Dc%20%24(HOME)%20%C3%BC').and.to.include('service.version=9');
    expect(valueOf(result.pod, 'OTEL_SERVICE_NAME')).to.equal('n$$(HOME)');
    expect(result.skipped.map(({ code }) => code)).to.deep.equal(['ResourceAttributesLeftOut']);
  });
});
