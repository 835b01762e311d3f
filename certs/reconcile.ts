import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { KubeClient, KubeFailure, KubeOutcome } from '../kube/types.ts';
import { adopt, bundleOf, readAuthority, rootOf, writeAuthority } from './authority.ts';
import type { Authority } from './authority.ts';
import type { CertificateTimes } from './config.ts';
import { carriedRoots, configurations, keepBundle } from './configurations.ts';
import { createRoot, issueLeaf } from './issue.ts';
import type { RandomBytes } from './issue.ts';
import type { CertificateMetrics } from './metrics.ts';
import { readBundle, readPair, writeBundle } from './pem.ts';
import { decideAuthority, decideLeaf, nextLook } from './rotation.ts';
import type { Observed } from './rotation.ts';
import { readSeal, rotateSeal } from './seal.ts';
import { readSecret } from './secrets.ts';
import type { HeldSecret } from './secrets.ts';

export interface ReconcilerOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** `cert-manager`: the Secret `remora-webhook-tls` is someone else's, and only its `ca.crt` is read. */
  readonly provider: 'self' | 'cert-manager';
  readonly times: CertificateTimes;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Logger;
  readonly metrics: CertificateMetrics;
}

/** Brings everything that certs/ keeps one step nearer to what it should be. */
export interface Reconciler {
  /** When to look again (milliseconds since the epoch), or what the API server refused. */
  reconcile(): Promise<KubeOutcome<{ readonly lookAgainAt: number }>>;
}

/** DNS names that API servers reach the webhook by. */
export function servingNames(namespace: string): readonly string[] {
  return [`remora-webhook.${namespace}.svc`, `remora-webhook.${namespace}.svc.cluster.local`];
}

function ok<T>(value: T): { readonly outcome: 'ok'; readonly value: T } {
  return { outcome: 'ok', value };
}

/**
 * Reads before each write and writes with the resourceVersion that it read. So it does no harm when two replicas run
 * it at once: one of them gets `Conflict` and looks again.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { client, namespace, provider, times, clock, random, log, metrics } = options;
  const names = servingNames(namespace);
  const carriedSince = new Map<string, number>();
  const observed: Observed = { carriedSince };

  const changed = (event: string, fields: Readonly<Record<string, string | boolean>> = {}): void => {
    log.info(`certificates.${event}`, fields);
    metrics.countChange(event);
  };

  const writeCa = async (secret: HeldSecret, authority: Authority, event: string): Promise<KubeOutcome<Authority>> => {
    const absent = { 'next.crt': undefined, 'next.key': undefined };
    const written = await secret.replace({ ...absent, ...writeAuthority(authority) });
    if (written.outcome === 'failed') return written;
    changed(event, { root: authority.active.read.x509.subject });
    return ok(authority);
  };

  /** The authority after at most one step. */
  const stepAuthority = async (secret: HeldSecret, servedBundle: string): Promise<KubeOutcome<Authority>> => {
    const now = clock.now();
    const authority = readAuthority(secret.texts);
    const decided = decideAuthority(authority, now, times, observed);
    switch (decided.step) {
      case 'none':
        return authority === undefined ? Promise.reject(new Error('no authority and no step')) : ok(authority);
      case 'create': {
        const active = rootOf(await createRoot(now, times.rootMs, random));
        // What is served with now stays trusted, although nobody has its root's key any more.
        const previous = adopt(servedBundle, now + times.leafMs + times.overlapMs, now);
        return writeCa(secret, { active, previous }, 'root-created');
      }
      case 'introduce': {
        if (authority === undefined) throw new Error('nothing to introduce beside');
        const next = rootOf(await createRoot(now, times.rootMs, random));
        return writeCa(secret, { ...authority, next }, 'root-introduced');
      }
      case 'switch':
        return writeCa(secret, decided.authority, 'root-switched');
      case 'retire':
        return writeCa(secret, decided.authority, 'root-retired');
    }
  };

  const stepConfigurations = async (bundle: string): Promise<KubeFailure | undefined> => {
    const carried: ReadonlySet<string>[] = [];
    let failure: KubeFailure | undefined;
    for (const one of configurations) {
      const kept = await keepBundle(client, one, bundle);
      if (kept.outcome === 'failed') {
        failure = kept;
        carried.push(new Set());
        continue;
      }
      if (kept.value.isChanged) changed('bundle-published', { kind: one.kind, name: one.name });
      carried.push(carriedRoots(kept.value.configuration));
    }
    const everywhere = [...(carried[0] ?? [])].filter((root) => carried.every((roots) => roots.has(root)));
    for (const root of carriedSince.keys()) if (!everywhere.includes(root)) carriedSince.delete(root);
    for (const root of everywhere) if (!carriedSince.has(root)) carriedSince.set(root, clock.now());
    return failure;
  };

  const stepServing = async (
    secret: HeldSecret,
    authority: Authority,
    bundle: string,
  ): Promise<KubeOutcome<number>> => {
    const now = clock.now();
    const served = readPair({
      ...(secret.texts['tls.crt'] === undefined ? {} : { certificate: secret.texts['tls.crt'] }),
      ...(secret.texts['tls.key'] === undefined ? {} : { key: secret.texts['tls.key'] }),
    });
    const decided = decideLeaf(served?.read, authority, names, now, times, observed);
    if (decided.step === 'issue') {
      const leaf = await issueLeaf(authority.active.pair, { now, lifeMs: times.leafMs, names, random });
      const texts = { 'tls.crt': leaf.certificate, 'tls.key': leaf.key, 'ca.crt': bundle };
      const written = await secret.replace(texts);
      if (written.outcome === 'failed') return written;
      changed('leaf-issued', { why: decided.why });
    } else if (secret.texts['ca.crt'] !== bundle) {
      const written = await secret.replace({ 'ca.crt': bundle });
      if (written.outcome === 'failed') return written;
    }
    metrics.setExpiry('root', authority.active.read.notAfter);
    metrics.setExpiry('next-root', authority.next?.read.notAfter);
    metrics.setExpiry('serving', served?.read.notAfter);
    return ok(nextLook(authority, served?.read, now, times.overlapMs));
  };

  const stepSeal = async (): Promise<KubeFailure | undefined> => {
    const secret = await readSecret(client, { namespace, name: 'remora-seal' });
    if (secret.outcome === 'failed') return secret;
    const keys = readSeal(secret.value.texts['keys.json']);
    const next = rotateSeal(keys, clock.now(), times, (createdAt) => ({
      id: Buffer.from(random(6)).toString('base64url'),
      secret: Buffer.from(random(32)).toString('base64'),
      createdAt,
    }));
    const current = (next ?? keys)?.current;
    if (current !== undefined) metrics.setExpiry('seal', Date.parse(current.createdAt) + times.sealMs);
    if (next === undefined) return undefined;
    const written = await secret.value.replace({ 'keys.json': JSON.stringify(next) });
    if (written.outcome === 'failed') return written;
    changed('seal-rotated', { current: next.current.id });
    return undefined;
  };

  /** cert-manager issues and rotates; what it says to trust goes into the configurations. */
  const stepProvided = async (serving: HeldSecret): Promise<KubeFailure | undefined> => {
    const bundle = writeBundle(readBundle(serving.texts['ca.crt'] ?? ''));
    if (bundle === '') {
      log.warn('certificates.bundle-missing', { secret: 'remora-webhook-tls', key: 'ca.crt' });
      return undefined;
    }
    metrics.setExpiry('serving', readBundle(serving.texts['tls.crt'] ?? '')[0]?.notAfter);
    return stepConfigurations(bundle);
  };

  /** Trust goes out first: the configurations carry a bundle before anything is served that needs it. */
  const stepSelf = async (serving: HeldSecret): Promise<KubeOutcome<number>> => {
    const ca = await readSecret(client, { namespace, name: 'remora-ca' });
    if (ca.outcome === 'failed') return ca;
    const authority = await stepAuthority(ca.value, serving.texts['ca.crt'] ?? '');
    if (authority.outcome === 'failed') return authority;
    const bundle = bundleOf(authority.value);
    const failure = await stepConfigurations(bundle);
    const lookAgain = await stepServing(serving, authority.value, bundle);
    return failure ?? lookAgain;
  };

  return {
    reconcile: async () => {
      const sealFailure = await stepSeal();
      const serving = await readSecret(client, { namespace, name: 'remora-webhook-tls' });
      if (serving.outcome === 'failed') return serving;
      const idleAt = clock.now() + Math.min(60_000, Math.max(250, times.overlapMs / 4));
      if (provider === 'cert-manager') {
        const failure = await stepProvided(serving.value);
        return failure ?? sealFailure ?? ok({ lookAgainAt: idleAt });
      }
      const stepped = await stepSelf(serving.value);
      if (stepped.outcome === 'failed') return stepped;
      return sealFailure ?? ok({ lookAgainAt: Math.min(idleAt, stepped.value) });
    },
  };
}
