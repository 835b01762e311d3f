import type { AdmissionRequest } from '../../admission/review.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Verdict } from '../answer/answer.ts';
import type { LoadedPolicy } from '../registry/loaded.ts';

/** What each rule that is for a request says of it: `judge` of admission, with all that it needs but these two. */
export type Judge = (request: AdmissionRequest, policies: readonly LoadedPolicy[]) => Promise<readonly Verdict[]>;

/** Namespaces as they are known now: audit and replay look at old things, and wait for none of them. */
export function withoutWaiting(cluster: Pick<Cluster, 'namespace'>): Pick<Cluster, 'awaitNamespace'> {
  return { awaitNamespace: (name) => Promise.resolve(cluster.namespace(name)) };
}
