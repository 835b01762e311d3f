import type { Container, Pod } from '../../../../webhook/plan/pod.ts';

/**
 * What happens to a pod between the mutating webhook and its proof, or before the webhook is called again: API
 * defaults, LimitRanger, AlwaysPullImages, the ServiceAccount's token mount, a mirror for images, the scheduler,
 * another webhook's sidecar.
 */
export function asAdmitted(pod: Pod): Pod {
  const { spec } = pod;
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, 'topology.kubernetes.io/zone': 'a' } },
    spec: {
      ...spec,
      ...{ tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }] },
      ...{ schedulerName: 'default-scheduler', terminationGracePeriodSeconds: 30, enableServiceLinks: true },
      nodeName: 'node-1',
      volumes: [...(spec.volumes ?? []).map(pulled), { name: 'kube-api-access-x2x4z', projected: { sources: [] } }],
      ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(defaulted) }),
      containers: spec.containers.map(defaulted),
    },
  };
}

/** A later webhook's own container, with a volume of its own. */
export function withForeignSidecar(pod: Pod): Pod {
  const sidecar: Container = { name: 'log-shipper', image: 'ships.example/logs:3', restartPolicy: 'Always' };
  return { ...pod, spec: { ...pod.spec, initContainers: [...(pod.spec.initContainers ?? []), sidecar] } };
}

/** `docker.io/remora/x:1` as a registry-rewriting webhook writes it. */
export function mirrored(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return `mirror.example:5000/${isHost ? rest.join('/') : image}`;
}

function pulled(volume: NonNullable<Pod['spec']['volumes']>[number]): typeof volume {
  const image = volume['image'] as { reference: string } | undefined;
  if (image === undefined) return volume;
  return { ...volume, image: { ...image, reference: mirrored(image.reference), pullPolicy: 'Always' } };
}

function defaulted(container: Container): Container {
  return {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...container,
    imagePullPolicy: 'Always',
    resources: { requests: { cpu: '100m' }, limits: { memory: '256Mi' } },
    ...(container.image === undefined ? {} : { image: mirrored(container.image) }),
    ...(container.env === undefined ? {} : { env: container.env.map((variable) => versioned(variable)) }),
    volumeMounts: [
      ...(container.volumeMounts ?? []),
      { name: 'kube-api-access-x2x4z', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
    ],
  } as Container;
}

function versioned(variable: NonNullable<Container['env']>[number]): typeof variable {
  const fieldRef = variable.valueFrom?.['fieldRef'];
  if (fieldRef === undefined) return variable;
  return { ...variable, valueFrom: { fieldRef: { apiVersion: 'v1', ...(fieldRef as object) } } };
}
