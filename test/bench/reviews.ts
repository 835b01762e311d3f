import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';

interface Workload {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template: Template };
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations?: object };
  readonly spec: { readonly containers: readonly Readonly<Record<string, unknown>>[]; readonly volumes?: object[] };
}

/** What is written into the containers of a pod to make the next pod another case for the planner. */
const variants: readonly object[] = [
  {},
  { envFrom: [{ configMapRef: { name: 'environment' } }] },
  { envFrom: [{ prefix: 'NODE_', configMapRef: { name: 'prefixed' } }, { secretRef: { name: 'passwords' } }] },
  { command: ['node', 'server.js'], workingDir: '/app' },
];

/** Annotations by which Dapr's injector knows what to do; they mean nothing to Remora. */
function daprAnnotations(name: string): Readonly<Record<string, string>> {
  return { 'dapr.io/enabled': 'true', 'dapr.io/app-id': name, 'dapr.io/app-port': '8080' };
}

/**
 * AdmissionReviews for the pods of the twelve Deployments of online-boutique, in four variants, spread over
 * `namespaces`: as the API server sends them when a ReplicaSet controller creates the pods, defaulted and with the
 * ServiceAccount's token mounted. The same bytes go to both webhooks.
 */
export async function podReviews(namespaces: readonly string[]): Promise<readonly string[]> {
  const source = await readFile(new URL('../fixtures/online-boutique.yaml', import.meta.url), 'utf8');
  const workloads = parseAllDocuments(source)
    .map((document) => document.toJS() as Workload)
    .filter(({ kind }) => kind === 'Deployment');
  return workloads.flatMap((workload, at) =>
    variants.map((variant, index) => {
      const namespace = namespaces[(at * variants.length + index) % namespaces.length] ?? '';
      return JSON.stringify(reviewOf(workload, variant, namespace));
    }),
  );
}

function reviewOf({ metadata: { name }, spec: { template } }: Workload, variant: object, namespace: string): object {
  const replicaSet = `${name}-7d9c5b8f6c`;
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const token = {
    name: 'kube-api-access-x7k2p',
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    readOnly: true,
  };
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: crypto.randomUUID(),
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      namespace,
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        uid: '5a2f5d38-9ad3-4a43-8e1b-8a1c29c0d7a1',
        // Dapr's injector serves only callers that it knows; this group is one of them.
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:masters'],
      },
      object: {
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: {
          generateName: `${replicaSet}-`,
          namespace,
          creationTimestamp: null,
          labels: { ...template.metadata.labels, 'pod-template-hash': '7d9c5b8f6c' },
          annotations: { ...template.metadata.annotations, ...daprAnnotations(name) },
          ownerReferences: [
            {
              apiVersion: 'apps/v1',
              kind: 'ReplicaSet',
              name: replicaSet,
              uid: '0b7c6f5e-6f0a-4c59-9f0e-6c4f1d2b3a49',
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        },
        spec: {
          ...template.spec,
          volumes: [
            ...(template.spec.volumes ?? []),
            {
              name: 'kube-api-access-x7k2p',
              projected: {
                defaultMode: 420,
                sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }],
              },
            },
          ],
          containers: template.spec.containers.map((container) => ({
            ...container,
            ...variant,
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
            imagePullPolicy: 'IfNotPresent',
            volumeMounts: [...((container['volumeMounts'] as object[] | undefined) ?? []), token],
          })),
          restartPolicy: 'Always',
          dnsPolicy: 'ClusterFirst',
          schedulerName: 'default-scheduler',
          enableServiceLinks: true,
          preemptionPolicy: 'PreemptLowerPriority',
          priority: 0,
          tolerations: [
            { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
            { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
          ],
        },
        status: {},
      },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  };
}
