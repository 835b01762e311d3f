import type { Problem } from '../../runtime/problem.ts';

/**
 * What a policy ConfigMap says, once it is read. Everything here is plain data that can be posted to a worker thread.
 *
 * A policy's author is whoever may write a ConfigMap in the policy's namespace: all texts below are theirs.
 */

/** What a violation does. `scoped` actions of Gatekeeper are resolved to one of these before evaluation. */
export type Enforcement = 'deny' | 'warn' | 'dryrun';

/** Whether a request passes when its policy cannot answer: it ran away, or was lost. */
export type OnFailure = 'allow' | 'deny';

/** Operations of an admission request (admission.k8s.io/v1 `Operation`). */
export type PolicyOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** Versions of the Rego language (OPA 1.0 made v1 the default). */
export type RegoVersion = 'v0' | 'v1';

/** One Rego file of a policy, named as its key in the ConfigMap. */
export interface RegoFile {
  readonly name: string;
  readonly text: string;
}

/**
 * What is compiled to one Wasm module: the `*.rego` keys of a native policy without its tests, or the Rego of one
 * Gatekeeper template with its libs.
 */
export interface ModuleSource {
  /** Files in the order of their names; libs of a template are named `lib-0.rego`, …. */
  readonly files: readonly RegoFile[];
  readonly regoVersion: RegoVersion;
  /** Paths below `data.`, with slashes: `shop/owner/deny`. At least one. */
  readonly entrypoints: readonly string[];
}

/** Tests of a native policy's author (`*_test.rego`), run with its files when the ConfigMap is written. */
export interface TestSource extends ModuleSource {
  readonly tests: readonly RegoFile[];
}

/** One item of Gatekeeper's `match.kinds`: each of these kinds in each of these groups; `*` stands for all. */
export interface KindSelector {
  /** The core group is ''. */
  readonly apiGroups: readonly string[];
  readonly kinds: readonly string[];
}

/** A label selector (meta/v1 `LabelSelector`), checked: every key, value and operator is one that Kubernetes takes. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly LabelExpression[];
}

/** `values` is empty for `Exists` and `DoesNotExist`, and never empty for the other two. */
export interface LabelExpression {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/**
 * Which objects a policy is for, in the shape of a Gatekeeper constraint's `spec.match`. Every part must match; a list
 * without items, and a selector that selects by nothing, match all.
 */
export interface Match {
  readonly kinds: readonly KindSelector[];
  /** Names, or globs with `*` at either end: `kube-*`, `*-system`. */
  readonly namespaces: readonly string[];
  readonly excludedNamespaces: readonly string[];
  readonly labelSelector: LabelSelector;
  readonly namespaceSelector: LabelSelector;
  readonly scope: '*' | 'Namespaced' | 'Cluster';
  /** Name of the object, a glob as `namespaces` are; '' matches all. */
  readonly name: string;
}

/** A kind whose objects stand in `data.inventory`: `v1/Service`, `networking.k8s.io/v1/Ingress`. */
export interface InventoryKind {
  /** The core group is ''. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A policy in Rego alone: `*.rego`, `*_test.rego`, `parameters.yaml` and annotations. */
export interface NativeDocument {
  readonly kind: 'native';
  readonly match: Match;
  readonly operations: readonly PolicyOperation[];
  readonly enforcement: Enforcement;
  readonly onFailure: OnFailure;
  readonly inventory: readonly InventoryKind[];
  /** `input.parameters`, as JSON; `{}` when there are none. */
  readonly parameters: string;
  /** Without tests. Which rules it answers with, and its Rego version, the compiler finds out. */
  readonly files: readonly RegoFile[];
  readonly tests: readonly RegoFile[];
  /** Package whose `deny`, `warn` and `violation` are asked, `shop.owner`; undefined when the Rego is to say. */
  readonly package: string | undefined;
}

/** What a writer of the policy should know, although nothing is refused. */
export interface PolicyWarning {
  /** Stable reason code, one heading in docs/errors.md. */
  readonly code: string;
  readonly message: string;
}

/** A policy ConfigMap as it was read. `kind` says who wrote its rules: a document is native or Gatekeeper's. */
export type ReadPolicy<Document> =
  | { readonly outcome: 'parsed'; readonly document: Document; readonly warnings: readonly PolicyWarning[] }
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };

/** What of a ConfigMap is read. All of it is written by whoever may write ConfigMaps in its namespace. */
export interface PolicyConfigMap {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
  /** Keys of `binaryData`: a policy has none, so one there is a mistake. */
  readonly binaryKeys: readonly string[];
}
