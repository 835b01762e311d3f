import { randomBytes } from 'node:crypto';
import { watchUntil, type WatchedState } from '../../cluster/watch.ts';
import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { applyObjects } from './apply.ts';
import { sharedCluster, type TestCluster } from './cluster.ts';
import { explainFailure } from './failure.ts';

/** What a suite's tests have: the cluster, and namespaces that go when the suite ends. */
export interface ClusterSuite {
  /** Throws before the suite has begun: use it in hooks and tests. */
  readonly cluster: TestCluster;
  /** The suite's own namespace; its name is new in each run. */
  readonly namespace: string;
  /** Makes a further namespace; what a failure keeps then includes it. Returns its name. */
  makeNamespace(suffix: string, metadata?: Pick<KubeObject['metadata'], 'labels' | 'annotations'>): Promise<string>;
  /** Names a namespace that something else makes and removes, to be kept when a test fails. */
  observeNamespace(name: string): void;
  /** kubectl in the suite's namespace. */
  kubectl(...words: readonly string[]): Promise<string>;
  /** `kubectl apply` of objects in the suite's namespace, unless they name another. */
  apply(...objects: readonly unknown[]): Promise<string>;
  /** Watches in the suite's namespace, unless told another, until `until` returns something. */
  watchUntil<T extends KubeObject, R>(state: Omit<WatchedState<T, R>, 'client'>): Promise<R>;
}

const suiteTimeoutMs = 120_000;

/**
 * A `describe` whose tests run on the shared cluster, in a namespace of their own. A failed test prints the pods,
 * events and logs that matter, and keeps all of them in a folder that it names.
 */
export function describeOnCluster(title: string, body: (suite: ClusterSuite) => void): void {
  const namespace = `${title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 30)}-${randomBytes(3).toString('hex')}`;
  describe(title, function () {
    this.timeout(suiteTimeoutMs);
    const made: string[] = [];
    const observed: string[] = [];
    let cluster: TestCluster | undefined;
    const current = (): TestCluster => {
      if (cluster === undefined) throw new Error('the cluster is there only in hooks and tests');
      return cluster;
    };
    const create = async (name: string, metadata: Partial<KubeObject['metadata']>): Promise<string> => {
      made.push(name);
      const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { ...metadata, name } };
      const outcome = await current().client.create(resources.namespaces, object);
      if (outcome.outcome === 'failed') throw new Error(`namespace ${name}: ${outcome.code}: ${outcome.message}`);
      await accountOf(current(), name);
      return name;
    };

    before('a cluster, and a namespace in it', async function () {
      // The first suite may bring the cluster up, and build it before.
      this.timeout(0);
      cluster = await sharedCluster();
      await create(namespace, {});
    });

    afterEach('what explains a failure', async function () {
      if (this.currentTest?.state === 'failed') {
        console.log(await explainFailure(current(), title, [...made, ...observed], new Date()));
      }
    });

    after('the namespaces go', async () => {
      // Not waited for: a later run has other names, and the cluster usually goes anyway.
      await Promise.all(made.map(async (name) => await cluster?.client.delete(resources.namespaces, { name })));
    });

    body({
      get cluster() {
        return current();
      },
      namespace,
      makeNamespace: async (suffix, metadata = {}) => await create(`${namespace}-${suffix}`, metadata),
      observeNamespace: (name) => void observed.push(name),
      kubectl: async (...words) => await current().kubectl('--namespace', namespace, ...words),
      apply: async (...objects) => await applyObjects(current(), namespace, objects),
      watchUntil: async (state) => await watchUntil({ namespace, ...state, client: current().client }),
    });
  });
}

/** Pods are refused until the controller manager has made the namespace's ServiceAccount. */
async function accountOf({ client }: TestCluster, namespace: string): Promise<void> {
  await watchUntil<KubeObject, true>({
    client,
    type: { group: '', version: 'v1', plural: 'serviceaccounts' },
    namespace,
    what: `the ServiceAccount default of ${namespace}`,
    deadlineMs: 20_000,
    until: (accounts) => (accounts.length > 0 ? true : undefined),
  });
}
