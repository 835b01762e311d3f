/** Why a call to the Kubernetes API failed, by what a caller can do about it. */
export type KubeFailureCode =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Forbidden'
  | 'Unauthorized'
  | 'Invalid'
  | 'Expired'
  | 'TooManyRequests'
  | 'Unavailable'
  | 'Unexpected';

/** An expected outage or refusal; exceptions are for bugs only. */
export interface KubeFailure {
  readonly outcome: 'failed';
  readonly code: KubeFailureCode;
  /** HTTP status, absent when no answer came. */
  readonly status?: number;
  readonly message: string;
  /** How long the API server asks to be left alone (Retry-After). */
  readonly retryAfterMs?: number;
}

export type KubeOutcome<T> = { readonly outcome: 'ok'; readonly value: T } | KubeFailure;

/** A resource type: `{ group: 'apps', version: 'v1', plural: 'deployments' }`; the core group is ''. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export interface ObjectAddress {
  readonly namespace?: string;
  readonly name: string;
  /** `status`, `scale`, `resize`, … */
  readonly subresource?: string;
}

export interface ListQuery {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Ask for PartialObjectMetadata: labels and annotations without spec or data. */
  readonly metadataOnly?: boolean;
}

export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly creationTimestamp?: string;
  };
}

export interface KubeList<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/**
 * Thin typed client of the Kubernetes API. Every call has a deadline; none throws for what the API answers.
 *
 * The type parameter says what the caller expects of the API's schema; the API server validates what it stores.
 */
export interface KubeClient {
  get<T>(type: ResourceType, address: ObjectAddress): Promise<KubeOutcome<T>>;
  /** Lists in pages of 500, so that a large cluster never needs one large answer. */
  list<T extends KubeObject>(type: ResourceType, query?: ListQuery): Promise<KubeOutcome<KubeList<T>>>;
  /** The pages that `list` puts together, for a caller that keeps less than it reads. Ends after a failure. */
  pages<T extends KubeObject>(type: ResourceType, query?: ListQuery): AsyncIterable<KubeOutcome<KubeList<T>>>;
  /** Ends when the server closes the stream, after a failure, or when `signal` aborts. */
  watch<T extends KubeObject>(
    type: ResourceType,
    query: ListQuery & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<KubeOutcome<WatchEvent<T>>>;
  create<T>(type: ResourceType, object: KubeObject, options?: { readonly dryRun?: boolean }): Promise<KubeOutcome<T>>;
  /** PUT with the object's resourceVersion: optimistic concurrency; a lost race is `Conflict`. */
  replace<T>(type: ResourceType, object: KubeObject): Promise<KubeOutcome<T>>;
  /** Server-side apply (KEP-555). */
  apply<T>(
    type: ResourceType,
    object: KubeObject,
    options: { readonly fieldManager: string; readonly force?: boolean; readonly dryRun?: boolean },
  ): Promise<KubeOutcome<T>>;
  /** JSON merge patch (RFC 7396); a `resourceVersion` in it makes a lost race `Conflict`. */
  mergePatch<T>(type: ResourceType, address: ObjectAddress, patch: unknown): Promise<KubeOutcome<T>>;
  delete(type: ResourceType, address: ObjectAddress): Promise<KubeOutcome<undefined>>;
  /** GET of a non-resource path such as `/version` or `/apis`. */
  raw<T>(path: string): Promise<KubeOutcome<T>>;
}

/**
 * Keeps what `keep` makes of each object in memory, by list and watch with bookmarks and backoff.
 *
 * `keep` returns undefined for objects that are of no interest; nothing of them stays.
 */
export interface Informer<T> {
  /** Starts; resolves when the first list is in memory or `signal` aborts. Keeps retrying until then. */
  start(signal: AbortSignal): Promise<void>;
  readonly isSynced: boolean;
  /** Milliseconds since the API server was last heard of; a stale informer still answers. */
  readonly silentMs: number;
  get(namespace: string | undefined, name: string): T | undefined;
  inNamespace(namespace: string): Iterable<T>;
  all(): Iterable<T>;
  /** Calls back after each change, with what is kept now (undefined: gone). Returns the way to stop it. */
  onChange(listener: (namespace: string | undefined, name: string, value: T | undefined) => void): () => void;
}
