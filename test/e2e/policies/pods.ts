import fc from 'fast-check';
import type { KubeObject } from '../../../kube/types.ts';

type Fields = Record<string, unknown>;

interface Draft {
  metadata: { name: string; annotations: Record<string, string> };
  spec: Fields & { containers: Fields[]; initContainers: Fields[]; securityContext?: Fields; volumes: Fields[] };
}

/** One change of a pod that a Pod Security check looks at, or could be thought to look at. */
interface Change {
  readonly name: string;
  readonly apply: (pod: Draft, container: Fields) => void;
}

/** A pod, and the changes by which it differs from one that passes *restricted*. */
export interface GeneratedPod {
  readonly changes: readonly string[];
  readonly pod: KubeObject;
}

function context(of: Fields): Fields {
  const found = (of['securityContext'] ?? {}) as Fields;
  of['securityContext'] = found;
  return found;
}

/** Sets `securityContext.<field>` of the pod, and of a container: two changes. */
function contexts(field: string, ...values: readonly unknown[]): readonly Change[] {
  return values.flatMap((value) => {
    const name = `${field}=${JSON.stringify(value)}`;
    return [
      { name: `pod ${name}`, apply: ({ spec }: Draft) => void (context(spec)[field] = value) },
      { name: `container ${name}`, apply: (_: Draft, container: Fields) => void (context(container)[field] = value) },
    ];
  });
}

/** Sets a field of a container's own `securityContext`. */
function own(field: string, ...values: readonly unknown[]): readonly Change[] {
  return values.map((value) => ({
    name: `container ${field}=${JSON.stringify(value)}`,
    apply: (_, container) => void (context(container)[field] = value),
  }));
}

function spec(field: string, ...values: readonly unknown[]): readonly Change[] {
  return values.map((value) => ({
    name: `${field}=${JSON.stringify(value)}`,
    apply: (pod) => void (pod.spec[field] = value),
  }));
}

function volume(type: string, value: unknown): Change {
  return {
    name: `volume ${type}`,
    apply: (pod) => void pod.spec.volumes.push({ name: `v${pod.spec.volumes.length}`, [type]: value }),
  };
}

function container(name: string, field: string, value: unknown): Change {
  return { name, apply: (_, of) => void (of[field] = value) };
}

function unset(name: string, of: (pod: Draft, container: Fields) => Fields, field: string): Change {
  return { name, apply: (pod, each) => void Reflect.deleteProperty(of(pod, each), field) };
}

const profile = (type: string): Fields => ({ type, ...(type === 'Localhost' ? { localhostProfile: 'p' } : {}) });
const profiles = ['RuntimeDefault', 'Localhost', 'Unconfined'].map(profile);
const probe = (handler: string, host?: string): Fields => ({
  [handler]: { port: 80, ...(host === undefined ? {} : { host }) },
});

const changes: readonly Change[] = [
  { name: 'none', apply: () => undefined },
  ...spec('hostNetwork', true, false),
  ...spec('hostPID', true, false),
  ...spec('hostIPC', true, false),
  ...spec('hostUsers', true, false),
  ...spec('restartPolicy', 'Never', 'OnFailure'),
  ...contexts('runAsNonRoot', true, false),
  ...contexts('runAsUser', 0, 1000),
  ...contexts('seccompProfile', ...profiles),
  ...contexts('appArmorProfile', ...profiles),
  ...contexts(
    'seLinuxOptions',
    { type: 'container_t' },
    { type: 'spc_t' },
    { user: 'u' },
    { role: 'r' },
    { level: 'l' },
  ),
  ...contexts('seLinuxOptions', { type: 'container_engine_t' }, { type: 'container_init_t' }, {}, { type: '' }),
  ...own('privileged', false),
  {
    // The API server takes it only without a word against escalation.
    name: 'container privileged=true',
    apply: (_, of) => {
      Reflect.deleteProperty(context(of), 'allowPrivilegeEscalation');
      context(of)['privileged'] = true;
    },
  },
  ...own('allowPrivilegeEscalation', true, false),
  ...own('procMount', 'Default'),
  {
    // The API server takes it in no other pod.
    name: 'unmasked in a user namespace',
    apply: (pod, of) => {
      pod.spec['hostUsers'] = false;
      context(of)['procMount'] = 'Unmasked';
    },
  },
  ...own('readOnlyRootFilesystem', true),
  ...own('capabilities', { drop: ['ALL'], add: ['NET_BIND_SERVICE'] }, { drop: ['ALL'], add: ['CHOWN'] }),
  ...own('capabilities', { add: ['SYS_ADMIN'] }, { drop: ['all'] }, { drop: ['NET_RAW'] }, {}),
  ...own('capabilities', { drop: ['ALL', 'CHOWN'] }, { drop: ['ALL'], add: ['NET_RAW'] }, { add: ['ALL'] }),
  ...[
    'net.ipv4.tcp_syncookies',
    'net.ipv4.tcp_rmem',
    'net.ipv4.tcp_notsent_lowat',
    'net.core.somaxconn',
    'kernel.shm_rmid_forced',
  ].map((name): Change => ({
    name: `sysctl ${name}`,
    apply: (pod) => void (context(pod.spec)['sysctls'] = [{ name, value: '1' }]),
  })),
  volume('emptyDir', {}),
  volume('configMap', { name: 'c' }),
  volume('secret', { secretName: 's' }),
  volume('projected', { sources: [] }),
  volume('downwardAPI', { items: [] }),
  volume('persistentVolumeClaim', { claimName: 'p' }),
  volume('csi', { driver: 'd.example' }),
  volume('image', { reference: 'docker.io/library/x:1' }),
  volume('hostPath', { path: '/var/lib/x' }),
  volume('nfs', { server: 's', path: '/p' }),
  volume('iscsi', { targetPortal: '10.0.2.15:3260', iqn: 'iqn.2001-04.com.example:storage', lun: 0 }),
  volume('ephemeral', {
    volumeClaimTemplate: {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  }),
  container('port', 'ports', [{ containerPort: 80 }]),
  container('hostPort', 'ports', [{ containerPort: 81, hostPort: 81 }]),
  container('liveness without host', 'livenessProbe', probe('httpGet')),
  container('liveness with host', 'livenessProbe', probe('httpGet', 'example.com')),
  container('readiness with host', 'readinessProbe', probe('tcpSocket', '127.0.0.1')),
  container('preStop with host', 'lifecycle', { preStop: probe('httpGet', 'example.com') }),
  container('postStart without host', 'lifecycle', { postStart: probe('httpGet') }),
  unset('pod without seccomp', ({ spec: of }) => context(of), 'seccompProfile'),
  unset('pod without runAsNonRoot', ({ spec: of }) => context(of), 'runAsNonRoot'),
  unset('container without escalation', (_, of) => context(of), 'allowPrivilegeEscalation'),
  unset('container without capabilities', (_, of) => context(of), 'capabilities'),
  unset('container without context', (_, of) => of, 'securityContext'),
  unset('pod without context', ({ spec: of }) => of, 'securityContext'),
  ...['runtime/default', 'localhost/x', 'unconfined'].map((value): Change => ({
    name: `apparmor annotation ${value}`,
    apply: (pod) => void (pod.metadata.annotations['container.apparmor.security.beta.kubernetes.io/a'] = value),
  })),
  {
    name: 'windows',
    apply: (pod) => {
      pod.spec['os'] = { name: 'windows' };
      for (const of of [pod.spec, ...pod.spec.containers, ...pod.spec.initContainers]) {
        Reflect.deleteProperty(of, 'securityContext');
      }
      context(pod.spec)['runAsNonRoot'] = true;
    },
  },
  {
    name: 'windows host process',
    apply: (pod) => {
      pod.spec['hostNetwork'] = true;
      context(pod.spec)['windowsOptions'] = { hostProcess: true };
    },
  },
];

/** Every change; each comes up in `pods` at least once. */
export const changeNames: readonly string[] = changes.map(({ name }) => name);

function hardened(name: string): Fields {
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  return { name, image: 'docker.io/library/x:1', securityContext };
}

function base(): Draft {
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  return {
    metadata: { name: 'generated', annotations: {} },
    spec: { securityContext, containers: [hardened('a'), hardened('b')], initContainers: [hardened('i')], volumes: [] },
  };
}

/** A pod that passes *restricted*, with the fields of its spec that are given. */
export function hardenedPod(more: Fields = {}): KubeObject {
  const pod = base();
  return { apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata, ...{ spec: { ...pod.spec, ...more } } };
}

/** A change by its place among all, and the container that it is made to. */
type Chosen = readonly [change: number, container: number];

function changed(chosen: readonly Chosen[]): GeneratedPod {
  const pod = base();
  const names = chosen.map(([at, which]) => {
    const change = changes[at]!;
    const { containers, initContainers } = pod.spec;
    change.apply(pod, [...containers, ...initContainers][which]!);
    return change.name;
  });
  return { changes: names, pod: { apiVersion: 'v1', kind: 'Pod', ...pod } };
}

/** A hardened pod with one change, for each of them; and `count` more with up to four, each to any container. */
export function generatePods(count: number, seed: number): readonly GeneratedPod[] {
  const chosen = fc.array(fc.tuple(fc.nat(changes.length - 1), fc.nat(2)), { minLength: 1, maxLength: 4 });
  return [...changes.map((_, at) => changed([[at, 0]])), ...fc.sample(chosen.map(changed), { numRuns: count, seed })];
}
