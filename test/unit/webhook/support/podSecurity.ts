import type { Container, Pod } from '../../../../webhook/plan/pod.ts';

/**
 * What of a pod breaks the Pod Security Standard "restricted", which includes "baseline".
 *
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/ , checked against k8s.io/pod-security-admission
 * 0.37 (image volumes are allowed). Sysctls and Windows host processes are left out: nothing here generates them.
 */
export function restrictedViolations(pod: Pod): readonly string[] {
  const spec = pod.spec as Pod['spec'] & Fields;
  const podContext = fieldsOf(spec.securityContext);
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  return [
    ...['hostNetwork', 'hostPID', 'hostIPC'].filter((key) => spec[key] === true),
    ...(spec.volumes ?? [])
      .filter((volume) => Object.keys(volume).some((key) => key !== 'name' && !allowedVolumes.has(key)))
      .map(({ name }) => `volume ${name}`),
    ...(podContext['runAsUser'] === 0 ? ['runAsUser 0 of the pod'] : []),
    ...(podContext['runAsNonRoot'] === false && containers.length === 0 ? ['runAsNonRoot of the pod'] : []),
    ...contextViolations(podContext).map((violation) => `${violation} of the pod`),
    ...containers.flatMap((container) =>
      containerViolations(container, podContext).map((violation) => `${violation} of container ${container.name}`),
    ),
  ];
}

/** What of one container breaks "restricted", whatever its pod says: every field has to be said by itself. */
export function containerViolations(container: Container, podContext: Fields = {}): readonly string[] {
  const context = fieldsOf(container.securityContext);
  const capabilities = fieldsOf(context['capabilities']);
  const dropped = listOf(capabilities['drop']);
  const addedCapabilities = listOf(capabilities['add']).filter((name) => name !== 'NET_BIND_SERVICE');
  const seccomp = fieldsOf(context['seccompProfile'] ?? podContext['seccompProfile'])['type'];
  const ports = listOf((container as Container & Fields)['ports']);
  return [
    ...(context['privileged'] === true ? ['privileged'] : []),
    ...(context['allowPrivilegeEscalation'] === false ? [] : ['allowPrivilegeEscalation']),
    ...(dropped.includes('ALL') ? [] : ['capabilities.drop']),
    ...(addedCapabilities.length > 0 ? ['capabilities.add'] : []),
    ...((context['runAsNonRoot'] ?? podContext['runAsNonRoot']) === true ? [] : ['runAsNonRoot']),
    ...(context['runAsUser'] === 0 ? ['runAsUser 0'] : []),
    ...(seccomp === 'RuntimeDefault' || seccomp === 'Localhost' ? [] : ['seccompProfile']),
    ...(ports.some((port) => Boolean(fieldsOf(port)['hostPort'])) ? ['hostPort'] : []),
    ...contextViolations(context),
  ];
}

/** Rules of "baseline" that hold for a pod's context and a container's alike. */
function contextViolations(context: Fields): readonly string[] {
  const seLinux = fieldsOf(context['seLinuxOptions']);
  const seLinuxType = typeof seLinux['type'] === 'string' ? seLinux['type'] : '';
  return [
    ...(fieldsOf(context['seccompProfile'])['type'] === 'Unconfined' ? ['seccompProfile Unconfined'] : []),
    ...(fieldsOf(context['appArmorProfile'])['type'] === 'Unconfined' ? ['appArmorProfile'] : []),
    ...(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'].includes(seLinuxType)
      ? []
      : ['seLinuxOptions.type']),
    ...(seLinux['user'] || seLinux['role'] ? ['seLinuxOptions'] : []),
    ...((context['procMount'] ?? 'Default') === 'Default' ? [] : ['procMount']),
  ];
}

const allowedVolumes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
