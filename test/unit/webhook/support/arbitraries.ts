import fc from 'fast-check';
import type { Container, EnvFromSource, EnvVar, Pod, Volume, VolumeMount } from '../../../../webhook/plan/pod.ts';
import { factsOf, settingsOf, endpoint } from './scenario.ts';
import type { Scenario } from './scenario.ts';

/** Variables that plans look at, with values that a plan may trip over, and plain ones. */
const literalVariable: fc.Arbitrary<EnvVar> = fc.oneof(
  fc.record({ name: fc.constantFrom('PORT', 'LOG_LEVEL', 'A', 'B'), value: fc.constantFrom('1', '', '$(A)', '$$(B)') }),
  fc.constantFrom<EnvVar>(
    { name: 'NODE_OPTIONS', value: '--max-old-space-size=$(MEM)' },
    { name: 'NODE_OPTIONS', value: '' },
    { name: 'NODE_OPTIONS' },
    { name: 'NODE_OPTIONS', value: '--require=dd-trace/init' },
    { name: 'NODE_OPTIONS', value: '--require /remora/telemetry/node/remora.cjs' },
    { name: 'JAVA_TOOL_OPTIONS', value: '-Xmx256m  -Dx=y' },
    { name: 'JAVA_TOOL_OPTIONS', value: '-javaagent:/opt/opentelemetry-javaagent.jar' },
    { name: 'PYTHONPATH', value: '/app/lib:/app' },
    { name: 'OTEL_RESOURCE_ATTRIBUTES', value: 'team=shop,k8s.pod.name=mine' },
    { name: 'OTEL_RESOURCE_ATTRIBUTES', value: 'service.name=mine,' },
    { name: 'OTEL_SERVICE_NAME', value: 'mine' },
    { name: 'OTEL_TRACES_SAMPLER', value: 'always_off' },
    { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://elsewhere:4317' },
    { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: endpoint },
    { name: 'OTEL_EXPORTER_OTLP_PROTOCOL', value: 'grpc' },
    { name: 'REMORA_POD_NAME', value: 'not ours' },
    { name: 'REMORA_POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
  ),
);

const referredVariable: fc.Arbitrary<EnvVar> = fc.record({
  name: fc.constantFrom(
    'NODE_OPTIONS',
    'JAVA_TOOL_OPTIONS',
    'OTEL_RESOURCE_ATTRIBUTES',
    'PASSWORD',
    'OTEL_SERVICE_NAME',
  ),
  valueFrom: fc.constantFrom(
    { secretKeyRef: { name: 'secret', key: 'k' } },
    { configMapKeyRef: { name: 'settings', key: 'k' } },
    { fieldRef: { fieldPath: 'status.podIP' } },
  ),
});

const environment = fc.oneof(
  { weight: 3, arbitrary: fc.array(literalVariable, { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.array(fc.oneof(literalVariable, referredVariable), { minLength: 1, maxLength: 5 }) },
);

const environmentSource: fc.Arbitrary<EnvFromSource> = fc.constantFrom<EnvFromSource>(
  { configMapRef: { name: 'settings' } },
  { configMapRef: { name: 'plain' } },
  { prefix: 'NODE_', configMapRef: { name: 'prefixed' } },
  { configMapRef: { name: 'missing', optional: true } },
  { configMapRef: { name: 'missing' } },
  { secretRef: { name: 'secret' } },
  { prefix: 'NODE_', secretRef: { name: 'secret' } },
  { prefix: 'OTEL_', secretRef: { name: 'secret' } },
  { prefix: 'DB_', secretRef: { name: 'secret' } },
);

export const configMaps = {
  settings: { NODE_OPTIONS: '--title=$(x)', OTEL_SERVICE_NAME: 'from-map', PYTHONPATH: '/from/map' },
  plain: { COLOR: 'red' },
  prefixed: { OPTIONS: '--no-warnings' },
};

const mount: fc.Arbitrary<VolumeMount> = fc.constantFrom<VolumeMount>(
  { name: 'data', mountPath: '/data' },
  { name: 'data', mountPath: '/' },
  { name: 'data', mountPath: '/remora' },
  { name: 'data', mountPath: '/remora/telemetry/' },
  { name: 'data', mountPath: '/remora/telemetryx' },
);

const restrictedContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

const images = {
  'known.example/app:1': { NODE_OPTIONS: '--from-image $x', OTEL_RESOURCE_ATTRIBUTES: 'service.name=of-image,a=$b' },
  'named.example/cart:1': { OTEL_SERVICE_NAME: 'of-image', OTEL_PROPAGATORS: 'b3', OTEL_TRACES_SAMPLER: 'always_off' },
  'sends.example/mail:1': { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://of-image:4318' },
  'python:3': { PYTHONPATH: '/img' },
  'dd:1': { PYTHONPATH: '/ddtrace' },
};

function container(name: string): fc.Arbitrary<Container> {
  return fc.record(
    {
      name: fc.constant(name),
      image: fc.constantFrom(...Object.keys(images), 'unknown', 'x.example:5000/a/b:2@sha256:abc'),
      env: environment,
      envFrom: fc.oneof(
        { weight: 3, arbitrary: fc.constant<readonly EnvFromSource[]>([]) },
        { weight: 1, arbitrary: fc.array(environmentSource, { maxLength: 2 }) },
      ),
      volumeMounts: fc.oneof(
        { weight: 4, arbitrary: fc.constant<readonly VolumeMount[]>([{ name: 'data', mountPath: '/data' }]) },
        { weight: 1, arbitrary: fc.array(mount, { maxLength: 2 }) },
      ),
      securityContext: fc.oneof(
        { weight: 3, arbitrary: fc.constant<Record<string, unknown>>(restrictedContext) },
        { weight: 1, arbitrary: fc.constant<Record<string, unknown>>({ privileged: true }) },
      ),
      lifecycle: fc.constant({ preStop: { sleep: { seconds: 1 } } }),
    },
    { requiredKeys: ['name'] },
  );
}

const names = ['web', 'worker', 'istio-proxy'];
const initNames = ['migrate', 'proxy'];

const initContainer = (name: string): fc.Arbitrary<Container> =>
  container(name).map((one) => (name === 'proxy' ? { ...one, restartPolicy: 'Always' } : one));

const volumes: fc.Arbitrary<readonly Volume[]> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<readonly Volume[]>([{ name: 'data', emptyDir: {} }]) },
  { weight: 1, arbitrary: fc.constant<readonly Volume[]>([{ name: 'data', hostPath: { path: '/' } }]) },
  { weight: 1, arbitrary: fc.constant<readonly Volume[]>([{ name: 'remora-telemetry', hostPath: { path: '/' } }]) },
);

const metadata: fc.Arbitrary<Pod['metadata']> = fc.record(
  {
    name: fc.constantFrom('', 'bare'),
    generateName: fc.constantFrom('web-5d9c7b-', 'nightly-29312345-', 'web-'),
    labels: fc.record(
      {
        'pod-template-hash': fc.constant('5d9c7b'),
        'app.kubernetes.io/name': fc.constantFrom('shop', 'a b,c=d$(e)'),
        'app.kubernetes.io/version': fc.constant('2.0'),
      },
      { requiredKeys: [] },
    ),
    annotations: fc.record(
      {
        'resource.opentelemetry.io/service.name': fc.constantFrom('named', 'n$(A)'),
        'resource.opentelemetry.io/team': fc.oneof(fc.string({ unit: 'binary' }), fc.constant('x'.repeat(300))),
        'remora.dev/injected': fc.constantFrom('{}', 'forged', '{"version":"9","adds":{}}'),
        'remora.dev/seal': fc.constant('v1.k2.forged'),
        'remora.dev/telemetry': fc.constant('auto'),
        note: fc.string(),
      },
      { requiredKeys: [] },
    ),
    ownerReferences: fc.constantFrom(
      [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d9c7b', uid: 'u1', controller: true }],
      [{ apiVersion: 'batch/v1', kind: 'Job', name: 'nightly-29312345', uid: 'u2', controller: true }],
      [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'u3', controller: true }],
      [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u4' }],
    ),
  },
  { requiredKeys: [] },
);

/** Pods as people and other webhooks write them: realistic ones, and ones that a plan could trip over. */
export const anyPod: fc.Arbitrary<Pod> = fc
  .record({
    metadata,
    containers: fc.subarray(names, { minLength: 1 }).chain((chosen) => fc.tuple(...chosen.map(container))),
    initContainers: fc.option(
      fc.subarray(initNames, { minLength: 1 }).chain((chosen) => fc.tuple(...chosen.map(initContainer))),
      { nil: undefined },
    ),
    volumes,
    rest: fc.record(
      {
        serviceAccountName: fc.constant('web'),
        hostNetwork: fc.constantFrom(false, false, false, true),
        dnsPolicy: fc.constantFrom(
          ...Array.from({ length: 6 }, () => 'ClusterFirst'),
          'ClusterFirstWithHostNet',
          'Default',
        ),
        os: fc.constantFrom(...Array.from({ length: 9 }, () => ({ name: 'linux' })), { name: 'windows' }),
        nodeSelector: fc.constant({ disk: 'ssd' }),
        securityContext: fc.constant({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ metadata: ofPod, containers, initContainers, volumes: ofSpec, rest }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: ofPod,
    spec: { containers, volumes: ofSpec, ...(initContainers === undefined ? {} : { initContainers }), ...rest },
  }));

export const anyScenario: fc.Arbitrary<Scenario> = fc.record({
  pod: anyPod,
  settings: fc
    .record({
      telemetry: fc.constantFrom(
        'auto' as const,
        'auto' as const,
        'auto' as const,
        ['node', 'java', 'python'] as const,
        ['node', 'java', 'python'] as const,
        ['python'] as const,
        'off' as const,
      ),
      containers: fc.constantFrom<readonly string[]>([], [], [], [], [], [], [], ['web'], ['proxy'], ['web', 'wbe']),
    })
    .map(({ telemetry, containers }) => settingsOf(telemetry, containers)),
  facts: fc
    .record({ imageVolumes: fc.boolean(), collector: fc.constantFrom(true, true, true, true, true, true, true, false) })
    .map(({ imageVolumes, collector }) =>
      factsOf({ imageVolumes, configMaps, images, collectorEndpoint: collector ? endpoint : undefined }),
    ),
});
