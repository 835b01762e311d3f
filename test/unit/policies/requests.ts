import fc from 'fast-check';
import { generatePods, hardenedPod } from '../../e2e/policies/pods.ts';

type Fields = Record<string, unknown>;

/** A request as the API server writes it, and the parameters that a policy is given with it. */
export interface GeneratedRequest {
  readonly request: Readonly<Fields>;
  readonly parameters: unknown;
}

interface Draft {
  readonly metadata: Fields;
  readonly spec: Fields;
}

type Change = (draft: Draft, container: Fields) => void;

const digest = `sha256:${'1f'.repeat(32)}`;
const images = [
  ...['nginx', 'nginx:latest', 'nginx:1.27', 'docker.io/nginx:1', 'index.docker.io/nginx:1', 'a/b', 'a/b:latest'],
  ...['quay.io/a/b:1', 'ghcr.io/a/b:1', 'ghcr.io.evil.example/a:1', 'localhost/a:1', 'localhost:5000/a', 'HOST/a:1'],
  ...[`ghcr.io/a/b@${digest}`, `ghcr.io/a/b:latest@${digest}`, `quay.io/a@${digest}`, 'ghcr.io/a@sha256:1f'],
  ...['', '/', ':', 'ü/ö:1', 'ghcr.io/docker.io/a:1', 'a:b:c'],
];
const quantities = [
  '100m',
  '1',
  '1.5',
  '2e3',
  '64Mi',
  '1Gi',
  '129e6',
  '1073741824000m',
  '64',
  '3k',
  '1n',
  '0',
  'much',
  '',
];
const probe = { tcpSocket: { port: 80 } };

const each = <T>(values: readonly T[], of: (value: T) => Change): readonly Change[] => values.map(of);
const within = (of: Fields, ...path: readonly string[]): Fields =>
  path.reduce((found, key) => {
    const next = (found[key] ?? {}) as Fields;
    found[key] = next;
    return next;
  }, of);
const add = (of: Fields, key: string, item: unknown): void => {
  of[key] = [...((of[key] ?? []) as readonly unknown[]), item];
};

/** What the shipped policies look at besides what Pod Security does. */
const changes: readonly Change[] = [
  ...each(images, (image) => (_, container) => void (container['image'] = image)),
  ...each(
    images.slice(0, 12),
    (reference) =>
      ({ spec }) =>
        add(spec, 'volumes', { name: 'i', image: { reference } }),
  ),
  ...each(quantities, (cpu) => (_, container) => void (within(container, 'resources', 'requests')['cpu'] = cpu)),
  ...each(quantities, (memory) => (_, container) => {
    within(container, 'resources', 'requests')['memory'] = memory;
    within(container, 'resources', 'limits')['memory'] = memory;
  }),
  ...each(quantities.slice(0, 6), (cpu) => ({ spec }) => {
    Object.assign(within(spec, 'resources', 'requests'), { cpu, memory: '1Gi' });
  }),
  ...each(['readinessProbe', 'livenessProbe', 'startupProbe'], (name) => (_, container) => {
    container[name] = probe;
  }),
  ...each(['/var/log', '/var/log/pods', '/var/logs', '/', '/etc/../etc'], (path) => ({ spec }, container) => {
    add(spec, 'volumes', { name: 'host', hostPath: { path } });
    add(container, 'volumeMounts', { name: 'host', mountPath: '/host', readOnly: path.length % 2 === 0 });
  }),
  ...each([15001, 15020, 8080], (port) => (_, container) => add(container, 'ports', { containerPort: port })),
  ...each([15037, 1000], (user) => (_, container) => {
    within(container, 'securityContext')['runAsUser'] = user;
  }),
  ({ spec }) => void (within(spec, 'securityContext')['runAsUser'] = 15037),
  (_, container) => void (container['name'] = 'remora-proxy'),
  (_, container) => void (container['restartPolicy'] = 'Always'),
  ({ spec }) => add(spec, 'volumes', { name: 'remora-telemetry', emptyDir: {} }),
  ({ spec }) => add(spec, 'ephemeralContainers', { name: 'debug', image: 'busybox' }),
  ...each(['release-team', 'me', ''], (signer) => ({ metadata }) => {
    within(metadata, 'annotations')['example.com/signed-by'] = signer;
  }),
  (_, container) => {
    container['restartPolicy'] = 'Always';
    within(container, 'resources')['requests'] = { cpu: '8', memory: '16Gi' };
  },
  ...each(['resources', 'readinessProbe', 'image', 'securityContext'], (key) => (_, container) => {
    Reflect.deleteProperty(container, key);
  }),
];

/** Parameters of each policy that has any: as shipped first, and others that its schema takes. */
const parameters: Readonly<Record<string, readonly unknown[]>> = {
  cost: [
    { budget: 100, prices: { core: 20, gibibyte: 3 } },
    { budget: 0.5, prices: { core: 0.1, gibibyte: 0.333 } },
    { budget: 0, prices: { core: 0, gibibyte: 1e9 } },
  ],
  'host-path': [{ allowed: [] }, { allowed: ['/var/log/', '/etc'] }, { allowed: ['/'] }],
  images: [
    { registries: ['docker.io/', 'ghcr.io/', 'registry.k8s.io/'], digests: false },
    { registries: ['docker.io/library/'], digests: true },
    { registries: ['localhost:5000/', 'quay.io/a/'] },
  ],
  owners: [{ labels: { owner: '^[A-Za-z0-9._-]+$' } }, { labels: { 'example.com/owner': '^team-', 'a~b': 'x$' } }],
  probes: [{ required: ['readinessProbe'] }, { required: ['readinessProbe', 'livenessProbe', 'startupProbe'] }],
  resources: [
    { requests: ['cpu', 'memory'], limits: ['memory'] },
    { requests: ['cpu'], limits: [] },
    { requests: [], limits: ['cpu', 'ephemeral-storage'] },
  ],
  'supply-chain': [
    { registries: ['ghcr.io/'], annotation: 'example.com/signed-by', signers: ['release-team'] },
    { registries: ['docker.io/', 'quay.io/'], annotation: 'signer', signers: ['a', 'b'] },
  ],
};

const kinds: readonly (readonly [group: string, version: string, kind: string])[] = [
  ['', 'v1', 'Pod'],
  ['apps', 'v1', 'Deployment'],
  ['apps', 'v1', 'StatefulSet'],
  ['apps', 'v1', 'DaemonSet'],
  ['apps', 'v1', 'ReplicaSet'],
  ['batch', 'v1', 'Job'],
  ['batch', 'v1', 'CronJob'],
];
const labels = [undefined, {}, { owner: 'team-a' }, { owner: 'ü b' }, { 'example.com/owner': 'team-b', 'a~b': 'x' }];
const replicas = [undefined, 0, 1, 3, 7, null];
const garbage: readonly unknown[] = [
  null,
  true,
  0,
  -1.5,
  'text',
  '',
  [],
  {},
  ['latest'],
  { a: { b: 1 } },
  123_456,
  0.1,
];

/** What one request is drawn from; numbers are places in the lists above, taken modulo their lengths. */
interface Drawn {
  readonly changes: readonly (readonly [change: number, container: number])[];
  readonly kind: number;
  readonly labels: number;
  readonly replicas: number;
  readonly parameters: number;
  /** A place in the object, and what is put there: objects are not always what a policy's author had in mind. */
  readonly broken: readonly [place: number, value: number] | undefined;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  changes: fc.array(fc.tuple(fc.nat(), fc.nat(2)), { maxLength: 6 }),
  kind: fc.nat(),
  labels: fc.nat(),
  replicas: fc.nat(),
  parameters: fc.nat(),
  broken: fc.option(fc.tuple(fc.nat(), fc.nat()), { nil: undefined, freq: 4 }),
});

function at<T>(list: readonly T[], place: number): T {
  return list[place % list.length]!;
}

/**
 * Requests for a policy: each change of Pod Security's pods alone; each of those above alone, made to a pod that every
 * policy takes as it ships, with each of the policy's parameters; and `count` with several changes at once in each kind of
 * object, one of five of them broken.
 */
export function generateRequests(policy: string, count: number, seed: number): readonly GeneratedRequest[] {
  const choices = (parameters[policy] ?? [{}]).map((_, choice) => choice);
  const places = changes.map((_, place) => place);
  const plain = { labels: 2, replicas: 2, broken: undefined };
  const alone = places.flatMap((place) => [
    ...choices.map((choice): Drawn => ({ ...plain, changes: [[place, 0]], kind: place % 2, parameters: choice })),
    { ...plain, changes: [[place, 2] as const], kind: 1 + (place % 2), parameters: 0 },
  ]);
  const generated = generatePods(count, seed);
  const [podSecurity, pods] = [generated.slice(0, -count), generated.slice(-count)];
  // Half of the pods begin as those that Pod Security is tried on.
  const many = fc
    .sample(drawn, { numRuns: count, seed })
    .map((one, index) => requestOf(policy, one, index % 2 === 0 ? (pods[index]?.pod ?? complete()) : complete()));
  return [
    ...podSecurity.map(({ pod }) => requestOf(policy, { ...plain, changes: [], kind: 0, parameters: 0 }, pod)),
    ...alone.map((one) => requestOf(policy, one, complete())),
    ...many,
  ];
}

function requestOf(policy: string, one: Drawn, base: unknown): GeneratedRequest {
  const pod = structuredClone(base) as { readonly metadata: Fields; readonly spec: Fields };
  const { metadata, spec } = pod;
  const containers = containersOf(spec);
  for (const [change, which] of one.changes) at(changes, change)({ metadata, spec }, at(containers, which));
  const [group, version, kind] = at(kinds, one.kind);
  const object = wrapped(kind, pod, at(replicas, one.replicas));
  const labelled = at(labels, one.labels);
  if (labelled !== undefined) within(object, 'metadata')['labels'] = labelled;
  // What the lists above hold stands in many requests, and breaking one must not break the others.
  const own = structuredClone(object);
  if (one.broken !== undefined) breakAt(own, one.broken[0], structuredClone(at(garbage, one.broken[1])));
  const request = { kind: { group, version, kind }, operation: 'CREATE', namespace: 'shop', object: own };
  return { request, parameters: at(parameters[policy] ?? [{}], one.parameters) };
}

function containersOf(spec: Fields): readonly Fields[] {
  return ['containers', 'initContainers'].flatMap((list) => (spec[list] ?? []) as Fields[]);
}

/** A pod that every shipped policy takes, with the parameters that it ships with. */
function complete(): Fields {
  const pod = structuredClone(hardenedPod()) as unknown as { readonly metadata: Fields; readonly spec: Fields };
  within(pod.metadata, 'annotations')['example.com/signed-by'] = 'release-team';
  for (const container of containersOf(pod.spec)) {
    const requests = { cpu: '250m', memory: '128Mi' };
    Object.assign(container, { image: `ghcr.io/a/b@${digest}`, resources: { requests, limits: requests } });
    container['readinessProbe'] = probe;
  }
  return pod;
}

function wrapped(kind: string, pod: { readonly metadata: Fields; readonly spec: Fields }, count: unknown): Fields {
  if (kind === 'Pod') return { apiVersion: 'v1', kind, ...pod };
  const metadata = { name: 'generated' };
  if (kind === 'CronJob') return { kind, metadata, spec: { jobTemplate: { spec: { template: pod } } } };
  return { kind, metadata, spec: { ...(count === undefined ? {} : { replicas: count }), template: pod } };
}

/** Puts a value in the place of one of an object's parts, at any depth. */
function breakAt(object: Fields, place: number, value: unknown): void {
  const slots: (() => void)[] = [];
  const walk = (of: unknown): void => {
    if (typeof of !== 'object' || of === null) return;
    for (const [key, part] of Object.entries(of)) {
      slots.push(() => void Reflect.set(of, key, value));
      walk(part);
    }
  };
  walk(object);
  at(slots, place)();
}
