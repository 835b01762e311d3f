import type { Machine } from '../../cluster/machine.ts';
import type { Admissions } from '../../e2e/harness/admissions.ts';
import type { TestCluster } from '../../e2e/harness/cluster.ts';

/** What every chapter of the soak has before it. */
export interface NodesStage {
  readonly cluster: TestCluster;
  /** The further node's machine; the first node holds the control plane. */
  readonly machine: Machine;
  readonly nodes: readonly [string, string];
  /** A labelled namespace with the Deployment `web` of six injected pods. */
  readonly shop: string;
  /** Every pod that was let in since the soak began. */
  readonly admissions: Admissions;
  /** Says how far the soak is. */
  readonly report: (line: string) => void;
  /** Notes what is not as it must be; the soak goes on, and fails at its end. */
  readonly require: (isRight: boolean, what: string) => void;
}

/** What a chapter saw, for the result that is kept. */
export type Figures = Readonly<Record<string, unknown>>;

export const appReplicas = 6;
