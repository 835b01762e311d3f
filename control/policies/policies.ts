import { isDeepStrictEqual } from 'node:util';
import { createBackoff } from '../../kube/backoff.ts';
import { createInformer } from '../../kube/informer.ts';
import { createKinds } from '../../kube/kinds.ts';
import { apiVersion, resources } from '../../kube/resources.ts';
import type { KubeClient, KubeObject, KubeOutcome } from '../../kube/types.ts';
import type { Timer } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { policyConfigMap, policySelector } from '../../settings/policies/configmap.ts';
import type { WrittenConfigMap } from '../../settings/policies/configmap.ts';
import { readPolicy } from '../../settings/policies/document.ts';
import { askedBy, withExpansions } from './asked.ts';
import type { AskedConfigMap } from './asked.ts';
import { rulesOf } from './rules.ts';
import type { PolicyRules } from './rules.ts';

/** The webhook configuration whose entries ask for policies; made by the chart, without rules. */
export const policyConfiguration = 'zz-remora-policies';

const fieldManager = 'remora-policies';

export interface PolicyRulesOptions {
  readonly client: KubeClient;
  /** Remora's own namespace, whose policies are for all. */
  readonly namespace: string;
  readonly timer: Timer;
  readonly random: () => number;
  readonly log: Logger;
}

interface Configuration extends KubeObject {
  readonly webhooks?: readonly { readonly name: string; readonly rules?: unknown }[];
}

/** So long after the first change of many the rules are written once for all of them. */
const gatherMs = 100;
/** Kinds come and go with CustomResourceDefinitions; whoever edits the rules by hand is corrected as late as this. */
const againMs = 60_000;

/**
 * Keeps the rules of `zz-remora-policies` at what policies ask for, until `signal` aborts. While it is away the rules stay
 * as they were: what is no longer asked for costs a call, and what is newly asked for waits.
 */
export async function runPolicyRules(options: PolicyRulesOptions, signal: AbortSignal): Promise<void> {
  const { client, namespace, timer, random } = options;
  const log = options.log.with({ part: 'policies' });
  const kinds = createKinds({ client, timer, log });
  const informer = createInformer<KubeObject & WrittenConfigMap, AskedConfigMap>({
    ...{ client, timer, random, log },
    type: resources.configMaps,
    query: { labelSelector: policySelector },
    keep: (configMap) => {
      const read = readPolicy(policyConfigMap(configMap));
      if (read.outcome === 'refused') return undefined;
      return askedBy(read.document, configMap.metadata.namespace === namespace);
    },
  });
  let wake = new AbortController();
  informer.onChange(() => wake.abort());
  await Promise.all([informer.start(signal), kinds.refresh()]);
  const backoff = createBackoff(random);
  while (!signal.aborted) {
    wake = new AbortController();
    const rules = rulesOf(withExpansions([...informer.all()]), kinds.served);
    const kept = kinds.served.length === 0 ? away : await keepRules(client, rules);
    if (kept.outcome === 'ok') {
      backoff.reset();
      if (kept.value) log.info('policies.rules.written', { resources: namesOf(rules) });
      await timer.wait(againMs, AbortSignal.any([signal, wake.signal]));
      await timer.wait(gatherMs, signal);
    } else {
      log.warn('policies.rules.unwritten', { code: kept.code, message: kept.message });
      await timer.wait(backoff.next(), signal);
    }
    await kinds.refresh();
  }
}

const away: KubeOutcome<boolean> = {
  outcome: 'failed',
  code: 'Unavailable',
  message: 'the kinds served are not known',
};

/** Writes rules where they differ; whether they did. Nothing is made where the configuration is gone. */
export async function keepRules(
  client: Pick<KubeClient, 'get' | 'apply'>,
  rules: PolicyRules,
): Promise<KubeOutcome<boolean>> {
  const type = resources.validatingWebhookConfigurations;
  const read = await client.get<Configuration>(type, { name: policyConfiguration });
  if (read.outcome === 'failed') return read;
  const { metadata, webhooks = [] } = read.value;
  const written = new Map(webhooks.map((entry) => [entry.name, entry.rules ?? []]));
  // An entry that somebody took away cannot be made of rules alone, and would keep the others from being written.
  const wanted = Object.entries(rules).flatMap(([name, of]) => (written.has(name) ? [{ name, rules: of }] : []));
  if (wanted.every(({ name, rules: of }) => isDeepStrictEqual(written.get(name), of))) {
    return { outcome: 'ok', value: false };
  }
  const { uid } = metadata;
  const object = {
    apiVersion: apiVersion(type),
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: policyConfiguration, ...(uid === undefined ? {} : { uid }) },
    webhooks: wanted,
  };
  const applied = await client.apply(type, object, { fieldManager, force: true });
  return applied.outcome === 'ok' ? { outcome: 'ok', value: true } : applied;
}

function namesOf(rules: PolicyRules): readonly string[] {
  return [...new Set(Object.values(rules).flatMap((of) => of.flatMap(({ resources: names }) => names)))].sort();
}
