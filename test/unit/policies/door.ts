import { Registry } from 'prom-client';
import { parseDocument } from 'yaml';
import { systemTimer } from '../../../runtime/clock.ts';
import { silentLogger } from '../../../runtime/log.ts';
import type { NamespaceFacts } from '../../../settings/types.ts';
import { validatePolicyConfigMap } from '../../../webhook/admission/policy.ts';
import { encodeReview } from '../../../webhook/admission/response.ts';
import type { AdmissionResponse } from '../../../webhook/admission/response.ts';
import type { AdmissionOperation, AdmissionRequest } from '../../../webhook/admission/review.ts';
import { createPolicies } from '../../../webhook/policy/policies.ts';
import type { Policies } from '../../../webhook/policy/policies.ts';
import { startApiServer } from '../kube/apiserver.ts';
import type { ApiServer, Stored } from '../kube/apiserver.ts';
import { clientOf } from '../kube/clients.ts';
import { openWorkshop } from '../webhook/policy/compile/workshop.ts';

/** Kinds that this API server serves: group version, plural, kind, and whether it has a namespace. */
const served = [
  ['v1', 'pods', 'Pod', true],
  ['v1', 'services', 'Service', true],
  ['v1', 'configmaps', 'ConfigMap', true],
  ['v1', 'namespaces', 'Namespace', false],
  ['v1', 'replicationcontrollers', 'ReplicationController', true],
  ['apps/v1', 'deployments', 'Deployment', true],
  ['apps/v1', 'statefulsets', 'StatefulSet', true],
  ['apps/v1', 'daemonsets', 'DaemonSet', true],
  ['apps/v1', 'replicasets', 'ReplicaSet', true],
  ['batch/v1', 'jobs', 'Job', true],
  ['batch/v1', 'cronjobs', 'CronJob', true],
  ['networking.k8s.io/v1', 'ingresses', 'Ingress', true],
] as const;

const ownNamespace = 'remora-system';

/** What the API server asks about policies, in one process: the real compiler, registry and threads, and a small API server. */
export interface Door {
  /** Writes an object as a user would: judged, and stored unless it is refused or a dry run. */
  write(object: Stored, options?: { readonly isDryRun?: boolean }): Promise<AdmissionResponse>;
  remove(kind: string, namespace: string, name: string): Promise<AdmissionResponse>;
  stored(kind: string, namespace: string, name: string): Stored | undefined;
  readonly policies: Policies;
  close(): Promise<void>;
}

/** Opens it with namespaces that carry the label of Remora. */
export async function openDoor(...namespaces: readonly string[]): Promise<Door> {
  const workshop = await openWorkshop();
  const api = await startApiServer();
  answerDiscovery(api);
  const stop = new AbortController();
  const facts = (name: string): NamespaceFacts | undefined =>
    namespaces.includes(name) ? { name, labels: { 'remora.dev/inject': 'enabled' }, annotations: {} } : undefined;
  const policies = createPolicies(
    {
      client: clientOf(api.url),
      namespace: ownNamespace,
      limits: { timeoutMs: 10_000, workers: 1, readable: ['services', 'networking.k8s.io/ingresses'] },
      cluster: { awaitNamespace: (name) => Promise.resolve(facts(name)), namespace: facts },
      replica: 'door',
      namespaces: () => namespaces.flatMap((name) => facts(name) ?? []),
      excludedNamespaces: ['kube-system', ownNamespace],
      compiler: workshop.compiler,
      worker: new URL('../../../webhook/policy/evaluate/worker.ts', import.meta.url),
      metrics: new Registry(),
      timer: systemTimer,
      random: () => 0.1,
      events: { record: () => undefined },
      uptimeMs: () => 0,
      log: silentLogger,
    },
    stop.signal,
  );
  await policies.start();

  const judge = async (request: AdmissionRequest): Promise<AdmissionResponse> => {
    const isPolicy = request.kind === 'ConfigMap' && labelsOf(request).includes('remora.dev/policy');
    if (isPolicy) {
      const namespace = (): ReturnType<typeof facts> => facts(request.namespace ?? '');
      return await validatePolicyConfigMap(request, { check: policies.check, ownNamespace, namespace });
    }
    return (await policies.handler(request)).response;
  };
  const stored = (kind: string, namespace: string, name: string): Stored | undefined =>
    api.objects.get(pathOf(kind, namespace, name));

  return {
    policies,
    stored,
    write: async (object, { isDryRun = false } = {}) => {
      const { kind = '' } = object;
      const { namespace = '', name } = object.metadata;
      const before = stored(kind, namespace, name);
      const request = requestOf(before === undefined ? 'CREATE' : 'UPDATE', object, before, isDryRun);
      const response = shown(await judge(request));
      if (response.outcome === 'allowed' && !isDryRun) api.put(pathOf(kind, namespace, name), object);
      return response;
    },
    remove: async (kind, namespace, name) => {
      const before = stored(kind, namespace, name);
      if (before === undefined) throw new Error(`no ${kind} ${namespace}/${name}`);
      const response = shown(await judge(requestOf('DELETE', undefined, before, false)));
      if (response.outcome === 'allowed') api.remove(pathOf(kind, namespace, name));
      return response;
    },
    close: async () => {
      stop.abort();
      await policies.close();
      await workshop.close();
      await api.close();
    },
  };
}

/** A YAML text of one object, with a namespace where it names none. */
export function objectOf(text: string, namespace: string): Stored {
  const object = parseDocument(text).toJS() as Stored;
  return { ...object, metadata: { namespace, ...object.metadata } };
}

/** Warnings as they leave the webhook: cleaned, and cut to what an API server takes. */
function shown(response: AdmissionResponse): AdmissionResponse {
  const { response: written } = JSON.parse(encodeReview('', response)) as {
    readonly response: { readonly warnings?: readonly string[]; readonly status?: { readonly message: string } };
  };
  const { warnings = [], status } = written;
  return { ...response, warnings, ...(status === undefined ? {} : { message: status.message }) };
}

function labelsOf({ object, oldObject }: AdmissionRequest): readonly string[] {
  return [object, oldObject].flatMap((each) => Object.keys((each as Stored | undefined)?.metadata['labels'] ?? {}));
}

function rowOf(kind: string): (typeof served)[number] {
  const row = served.find((each) => each[2] === kind);
  if (row === undefined) throw new Error(`this API server serves no ${kind}`);
  return row;
}

function pathOf(kind: string, namespace: string, name: string): string {
  const [version, plural, , isNamespaced] = rowOf(kind);
  const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
  return isNamespaced ? `${root}/namespaces/${namespace}/${plural}/${name}` : `${root}/${plural}/${name}`;
}

function requestOf(
  operation: AdmissionOperation,
  object: Stored | undefined,
  oldObject: Stored | undefined,
  isDryRun: boolean,
): AdmissionRequest {
  const of = object ?? oldObject;
  const { kind = '', metadata } = of ?? { metadata: { name: '' } };
  const [version, plural] = rowOf(kind);
  const [group, ofGroup] = version.includes('/') ? version.split('/') : ['', version];
  const resource = { group: group ?? '', version: ofGroup ?? '', resource: plural };
  const { name, namespace = '' } = metadata;
  const source = {
    uid: 'u',
    kind: { group: resource.group, version: resource.version, kind },
    resource,
    name,
    namespace,
    operation,
    userInfo: { username: 'someone', groups: ['system:authenticated'] },
    object: object ?? null,
    oldObject: oldObject ?? null,
    dryRun: isDryRun,
    options: null,
  };
  return {
    uid: 'u',
    operation,
    resource,
    kind,
    namespace,
    name,
    username: 'someone',
    isDryRun,
    object,
    oldObject,
    source,
  };
}

/** https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api */
function answerDiscovery(api: ApiServer): void {
  const groupVersions = [...new Set(served.map(([version]) => version))];
  const groups = groupVersions
    .filter((version) => version.includes('/'))
    .map((version) => ({ name: version.split('/')[0], versions: [{ version: version.split('/')[1] }] }));
  const answers = new Map<string, unknown>([['/apis', { groups }]]);
  for (const version of groupVersions) {
    const resources = served
      .filter((row) => row[0] === version)
      .map(([, name, kind, namespaced]) => ({ name, kind, namespaced }));
    answers.set(version.includes('/') ? `/apis/${version}` : `/api/${version}`, { resources });
  }
  api.faults.push(({ method, path }, response) => {
    const answer = method === 'GET' ? answers.get(path) : undefined;
    if (answer === undefined) return false;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    return true;
  });
}
