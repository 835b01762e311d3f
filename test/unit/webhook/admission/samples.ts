/** A pod as a ReplicaSet controller creates it, in an AdmissionReview as the API server sends it. */
export function podCreation(
  pod: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly namespace?: string;
    readonly dryRun?: boolean;
    readonly container?: object;
  } = {},
): {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly object: object } & Readonly<Record<string, unknown>>;
} {
  const { labels = {}, annotations = {}, namespace = 'shop', dryRun = false, container = {} } = pod;
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      namespace,
      operation: 'CREATE',
      userInfo: { username: 'system:serviceaccount:kube-system:replicaset-controller', groups: [] },
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          generateName: 'web-5d9c7bf6d4-',
          namespace,
          labels: { app: 'web', 'pod-template-hash': '5d9c7bf6d4', ...labels },
          annotations,
          ownerReferences: [
            { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d9c7bf6d4', uid: 'rs-1', controller: true },
          ],
        },
        spec: {
          serviceAccountName: 'default',
          containers: [{ name: 'web', image: 'docker.io/library/web:1', resources: {}, ...container }],
        },
      },
      oldObject: null,
      dryRun,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  };
}
