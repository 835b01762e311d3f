import { resources } from '../../kube/resources.ts';
import type { KubeClient, KubeObject, KubeOutcome } from '../../kube/types.ts';
import type { ApiServerFindings } from './decide.ts';

interface AnsweredPod extends KubeObject {
  readonly spec?: { readonly volumes?: readonly { readonly name: string; readonly image?: unknown }[] };
}

const volumeName = 'probe';

/** A pod that would use each feature. It is never stored, so its images are never pulled. */
function probePod(namespace: string): KubeObject {
  const image = 'remora.invalid/probe';
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'remora-platform-', namespace },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: volumeName,
          image,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          volumeMounts: [{ name: volumeName, mountPath: '/probe' }],
        },
      ],
      volumes: [{ name: volumeName, image: { reference: image } }],
    },
  };
  return pod;
}

/**
 * Asks the API server by a dry run what it keeps of a pod. A field of a feature that is off is dropped in silence,
 * or its volume refused as one without a source (`Invalid`); both mean that pods cannot have it.
 */
export async function probeApiServer(client: KubeClient, namespace: string): Promise<KubeOutcome<ApiServerFindings>> {
  const answer = await client.create<AnsweredPod>(resources.pods, probePod(namespace), { dryRun: true });
  if (answer.outcome === 'ok') {
    const volume = answer.value.spec?.volumes?.find(({ name }) => name === volumeName);
    return { outcome: 'ok', value: { imageVolumes: volume?.image !== undefined } };
  }
  return answer.code === 'Invalid' ? { outcome: 'ok', value: { imageVolumes: false } } : answer;
}
