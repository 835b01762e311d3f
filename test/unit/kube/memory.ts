import type { KubeClient, KubeObject, KubeOutcome } from '../../../kube/types.ts';

/** What the API server does with one object: optimistic concurrency, and being away. For tests with their own time. */
export class OneObject {
  stored: KubeObject | undefined;
  isAway = false;
  writes = 0;
  #version = 0;

  #answer<T>(make: () => KubeOutcome<unknown>): Promise<KubeOutcome<T>> {
    if (this.isAway) return Promise.resolve({ outcome: 'failed', code: 'Unavailable', message: 'away' });
    return Promise.resolve(make() as KubeOutcome<T>);
  }

  #store(object: KubeObject): KubeOutcome<unknown> {
    this.#version += 1;
    this.writes += 1;
    this.stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    return { outcome: 'ok', value: this.stored };
  }

  /** The calls that leader election makes. */
  client(): Pick<KubeClient, 'get' | 'create' | 'replace'> {
    return {
      get: <T>() =>
        this.#answer<T>(() =>
          this.stored === undefined
            ? { outcome: 'failed', code: 'NotFound', message: 'none' }
            : { outcome: 'ok', value: this.stored },
        ),
      create: <T>(_type: unknown, object: KubeObject) =>
        this.#answer<T>(() =>
          this.stored === undefined
            ? this.#store(object)
            : { outcome: 'failed', code: 'AlreadyExists', message: 'there' },
        ),
      replace: <T>(_type: unknown, object: KubeObject) =>
        this.#answer<T>(() =>
          this.stored?.metadata.resourceVersion === object.metadata.resourceVersion
            ? this.#store(object)
            : { outcome: 'failed', code: 'Conflict', message: 'changed' },
        ),
    };
  }
}
