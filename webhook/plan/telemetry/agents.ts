import type { TelemetryRuntime } from '../../../settings/types.ts';
import { canonicalMount } from '../canonical.ts';
import type { Facts } from '../facts.ts';
import { pathsOverlap } from '../paths.ts';
import type { Container, Volume, VolumeMount } from '../pod.ts';
import type { InitContainerAddition } from '../types.ts';
import { mountPath, runtimes } from './runtimes.ts';

/** Name of the volume with the agents' files, and of the init container that fills it where it is no image volume. */
export const agentsName = 'remora-telemetry';

export const agentsMount: VolumeMount = { name: agentsName, mountPath, readOnly: true };

/** A mount of the user's that ours would hide, or be hidden by; undefined when there is none. */
export function mountInTheWay({ volumeMounts }: Container): VolumeMount | undefined {
  const ours = canonicalMount(agentsMount);
  return volumeMounts?.find((mount) => pathsOverlap(mount.mountPath, mountPath) && canonicalMount(mount) !== ours);
}

/** The volume: the image itself where nodes can mount one (KEP-4639), else a folder that an init container fills. */
export function agentsVolume({ platform, chart }: Facts): Volume {
  return platform.imageVolumes
    ? { name: agentsName, image: { reference: chart.telemetryImage, pullPolicy: chart.imagePullPolicy } }
    : { name: agentsName, emptyDir: {} };
}

/** The init container of the fallback: copies the agents of the runtimes that some container uses. */
export function agentsCopier(
  used: ReadonlySet<TelemetryRuntime>,
  { platform, chart }: Facts,
): readonly InitContainerAddition[] {
  if (platform.imageVolumes) return [];
  const container: Container & Readonly<Record<string, unknown>> = {
    name: agentsName,
    image: chart.telemetryImage,
    imagePullPolicy: chart.imagePullPolicy,
    command: ['/copy'],
    args: runtimes.map(({ name }) => name).filter((name) => used.has(name)),
    // An init container's requests add nothing to a pod whose containers ask for as much.
    resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '1', memory: '64Mi' } },
    securityContext: restricted,
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    volumeMounts: [{ name: agentsName, mountPath }],
  };
  return [{ phase: 'files', container }];
}

/** What the Pod Security Standard "restricted" asks of a container, said in full whatever the pod says. */
const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsGroup: 65532,
  runAsNonRoot: true,
  runAsUser: 65532,
  seccompProfile: { type: 'RuntimeDefault' },
};
