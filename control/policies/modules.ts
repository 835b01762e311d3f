import { resources } from '../../kube/resources.ts';
import type { KubeClient, KubeObject } from '../../kube/types.ts';
import type { Timer } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { moduleLabel, ofAnnotation } from '../../settings/policies/modules.ts';
import { policySelector } from '../../settings/policies/configmap.ts';

/** A stored module: a ConfigMap of Remora's own namespace. */
export interface StoredModule {
  readonly name: string;
  /** What it was made for: `<namespace>/<name>` of a policy, then the template's kind where it has several. */
  readonly madeFor: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
}

/** A replica that starts may still be about to read what another has replaced. */
const keepMs = 3_600_000;
const againMs = 3_600_000;

/**
 * Modules that nothing will ask for: their policy is gone, or a later one was made for the same part of it. None is taken
 * within an hour, but for one that names no policy, which none of ours does. One that is needed all the same, as after a
 * policy went back to what it said before, is compiled anew.
 */
export function unusedModules(
  modules: readonly StoredModule[],
  policies: ReadonlySet<string>,
  now: number,
): readonly string[] {
  const newest = new Map<string, number>();
  for (const { madeFor, madeAt } of modules) newest.set(madeFor, Math.max(madeAt, newest.get(madeFor) ?? 0));
  return modules
    .filter(({ madeFor, madeAt }) => madeFor === '' || now - madeAt > keepMs)
    .filter(({ madeFor, madeAt }) => !policies.has(policyOf(madeFor)) || madeAt < (newest.get(madeFor) ?? 0))
    .map(({ name }) => name);
}

function policyOf(madeFor: string): string {
  return madeFor.split('/').slice(0, 2).join('/');
}

export interface ModuleCleaningOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly timer: Timer;
  readonly log: Logger;
}

/** Takes unused modules away, once an hour, until `signal` aborts. What fails is tried the next time. */
export async function runModuleCleaning(options: ModuleCleaningOptions, signal: AbortSignal): Promise<void> {
  const { timer } = options;
  const log = options.log.with({ part: 'policies' });
  while (!signal.aborted) {
    await cleanModules({ ...options, log });
    await timer.wait(againMs, signal);
  }
}

/** One round. */
export async function cleanModules({ client, namespace, timer, log }: ModuleCleaningOptions): Promise<void> {
  const type = resources.configMaps;
  const stored = await client.list(type, { namespace, labelSelector: `${moduleLabel}=true`, metadataOnly: true });
  const policies = await client.list(type, { labelSelector: policySelector, metadataOnly: true });
  if (stored.outcome === 'failed' || policies.outcome === 'failed') {
    const failure = stored.outcome === 'failed' ? stored : policies;
    if (failure.outcome === 'failed')
      log.warn('policies.modules.unread', { code: failure.code, message: failure.message });
    return;
  }
  const names = new Set(
    policies.value.items.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`),
  );
  for (const name of unusedModules(stored.value.items.map(storedModule), names, timer.now())) {
    const deleted = await client.delete(type, { namespace, name });
    if (deleted.outcome === 'ok') log.info('policies.module.deleted', { name });
    else if (deleted.code !== 'NotFound') log.warn('policies.module.undeleted', { name, message: deleted.message });
  }
}

function storedModule({ metadata }: KubeObject): StoredModule {
  const { name = '', annotations = {}, creationTimestamp = '' } = metadata;
  return { name, madeFor: annotations[ofAnnotation] ?? '', madeAt: Date.parse(creationTimestamp) || 0 };
}
