import { createHash } from 'node:crypto';
import type { PolicyName } from '../answer/answer.ts';
import type { LoadedPolicy } from '../registry/loaded.ts';

/** `shop/owner-labels`: the ConfigMap. */
export function configMapOf({ namespace, name }: Pick<PolicyName, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** Policies under keys that stay the same over restarts: their ConfigMap and title, numbered where both repeat. */
export function withKeys(policies: readonly LoadedPolicy[]): ReadonlyMap<string, LoadedPolicy> {
  const keyed = new Map<string, LoadedPolicy>();
  for (const policy of policies) {
    const base = `${configMapOf(policy.name)} ${policy.name.title}`;
    let key = base;
    for (let number = 2; keyed.has(key); number += 1) key = `${base} ${number}`;
    keyed.set(key, policy);
  }
  return keyed;
}

/** Stands for what policies say: equal on every replica, another after a change. */
export function versionOf(policies: readonly LoadedPolicy[]): string {
  return createHash('sha256').update(JSON.stringify(policies)).digest('hex').slice(0, 16);
}
