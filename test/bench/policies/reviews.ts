import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { KubeClient, KubeObject } from '../../../kube/types.ts';
import { podReviews } from '../reviews.ts';

interface Deployment extends KubeObject {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly Readonly<Record<string, unknown>>[] };
    };
  };
}

const deployments = { group: 'apps', version: 'v1', plural: 'deployments' };
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

export interface Bodies {
  /** What is sent: Deployments and pods that pass, and among them Deployments that do not. */
  readonly mixed: readonly string[];
  /** A Deployment that every policy of `templates/` has something against. */
  readonly worst: string;
}

/**
 * AdmissionReviews for the Deployments of online-boutique and their pods. The Deployments went through a real API server
 * (a dry run), which filled in defaults and managed fields.
 */
export async function policyReviews(client: KubeClient, namespace: string): Promise<Bodies> {
  const source = await readFile(new URL('../../fixtures/online-boutique.yaml', import.meta.url), 'utf8');
  const written = parseAllDocuments(source)
    .map((document) => document.toJS() as Deployment)
    .filter(({ kind }) => kind === 'Deployment');
  const admitted = await Promise.all(written.map((one) => deploymentReview(client, one, namespace)));
  const [first] = written;
  if (first === undefined) throw new Error('the fixture has no Deployment');
  const worst = await deploymentReview(client, spoiled(first), namespace);
  const pods = (await podReviews([namespace])).filter((_, at) => at % 4 === 0);
  const good = [...admitted, ...pods];
  return { worst, mixed: good.flatMap((body, at) => (at % 8 === 7 ? [body, worst] : [body])) };
}

/** With everything that the templates look for. */
function spoiled(deployment: Deployment): Deployment {
  const { spec } = deployment;
  const pod = spec.template.spec;
  const container = {
    name: 'debug',
    image: 'example.org/debug:latest',
    ports: [{ containerPort: 80, hostPort: 80 }],
    securityContext: { privileged: true, runAsUser: 0, capabilities: { add: ['SYS_ADMIN'] } },
    resources: { limits: { cpu: '8', memory: '64Gi' } },
  };
  return {
    ...deployment,
    metadata: { ...deployment.metadata, labels: { tier: 'front' } },
    spec: {
      ...spec,
      template: {
        ...spec.template,
        spec: { ...pod, hostNetwork: true, securityContext: {}, containers: [...pod.containers, container] },
      },
    } as Deployment['spec'],
  };
}

async function deploymentReview(client: KubeClient, written: Deployment, namespace: string): Promise<string> {
  const annotations = { ...written.metadata.annotations, [lastApplied]: JSON.stringify(written) };
  const object = { ...written, metadata: { ...written.metadata, namespace, annotations } };
  const made = await client.create<KubeObject>(deployments, object, { dryRun: true });
  if (made.outcome === 'failed') throw new Error(made.message);
  const kind = { group: 'apps', version: 'v1', kind: 'Deployment' };
  const resource = { group: 'apps', version: 'v1', resource: 'deployments' };
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: crypto.randomUUID(),
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      name: written.metadata.name,
      namespace,
      operation: 'CREATE',
      userInfo: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
      object: made.value,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'kubectl-client-side-apply' },
    },
  });
}
