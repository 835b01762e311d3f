import { expect } from 'chai';
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { Registry } from 'prom-client';
import { certificateTimes, shortestRootMs } from '../../../certs/config.ts';
import { createCertificateMetrics } from '../../../certs/metrics.ts';
import { readBundle, readCertificate } from '../../../certs/pem.ts';
import type { ReadCertificate } from '../../../certs/pem.ts';
import { createReconciler, servingNames } from '../../../certs/reconcile.ts';
import type { Reconciler } from '../../../certs/reconcile.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { startApiServer } from '../kube/apiserver.ts';
import type { ApiServer, Stored } from '../kube/apiserver.ts';
import { clientOf } from '../kube/clients.ts';

const secrets = '/api/v1/namespaces/remora-system/secrets';
const configurations = ['mutating/zz-remora', 'validating/zz-remora', 'validating/zz-remora-policies'].map((each) =>
  `/apis/admissionregistration.k8s.io/v1/${each}`.replace('/zz', 'webhookconfigurations/zz'),
);
const hour = 3_600_000;

function decoded(api: ApiServer, name: string, key: string): string {
  const data = (api.objects.get(`${secrets}/${name}`)?.data ?? {}) as Record<string, string>;
  return Buffer.from(data[key] ?? '', 'base64').toString();
}

function bundleIn(api: ApiServer, path: string): string {
  const webhooks = (api.objects.get(path)?.webhooks ?? []) as { clientConfig: { caBundle?: string } }[];
  const bundles = new Set(webhooks.map(({ clientConfig }) => clientConfig.caBundle ?? ''));
  expect(bundles.size, 'webhooks of one configuration carry one bundle').to.equal(1);
  return Buffer.from([...bundles][0]!, 'base64').toString();
}

/** What the chart creates: empty Secrets, and configurations without caBundle. */
function install(api: ApiServer): void {
  for (const name of ['remora-ca', 'remora-seal', 'remora-webhook-tls']) {
    api.put(`${secrets}/${name}`, { metadata: { name, namespace: 'remora-system' } });
  }
  for (const path of configurations) {
    const webhook = (name: string) => ({
      name,
      sideEffects: 'NoneOnDryRun',
      clientConfig: { service: { name: 'remora-webhook' } },
    });
    api.put(path, {
      metadata: { name: path.slice(path.lastIndexOf('/') + 1), uid: path },
      webhooks: [webhook('a.remora.dev'), webhook('b.remora.dev')],
    });
  }
}

/** Whether a client that trusts `bundle` accepts `leaf` at `now`: a trusted root, by signature and by time. */
function verifies(bundle: readonly ReadCertificate[], leaf: ReadCertificate, now: number): boolean {
  const isNow = ({ notBefore, notAfter }: ReadCertificate): boolean => notBefore <= now && now < notAfter;
  return (
    isNow(leaf) &&
    bundle.some((root) => isNow(root) && leaf.x509.checkIssued(root.x509) && leaf.x509.verify(root.x509.publicKey))
  );
}

describe('Certificates of the webhook', () => {
  let api: ApiServer;
  let now: number;
  const times = certificateTimes(24 * hour, 365 * 24 * hour, 24 * hour);

  const replica = (
    overrides: { times?: typeof times; provider?: 'self' | 'cert-manager'; registry?: Registry } = {},
  ): Reconciler =>
    createReconciler({
      client: clientOf(api.url, { timer: systemTimer }),
      namespace: 'remora-system',
      provider: overrides.provider ?? 'self',
      times: overrides.times ?? times,
      clock: { now: () => now },
      random: randomBytes,
      log: silentLogger,
      metrics: createCertificateMetrics(overrides.registry ?? new Registry()),
    });
  const settle = async (...replicas: readonly Reconciler[]): Promise<void> => {
    for (let round = 0; round < 4; round += 1) for (const one of replicas) await one.reconcile();
  };
  const leaf = (): ReadCertificate => readCertificate(decoded(api, 'remora-webhook-tls', 'tls.crt'))!;

  beforeEach(async () => {
    api = await startApiServer();
    now = Date.UTC(2026, 0, 1);
    install(api);
  });
  afterEach(() => api.close());

  it('fills the empty Secrets and every configuration, and then changes nothing', async () => {
    const registry = new Registry();
    const one = replica({ registry });
    await settle(one);
    const bundle = decoded(api, 'remora-ca', 'tls.crt');
    expect(configurations.map((path) => bundleIn(api, path))).to.deep.equal([bundle, bundle, bundle]);
    expect(decoded(api, 'remora-webhook-tls', 'ca.crt')).to.equal(bundle);
    expect(servingNames('remora-system').map((name) => leaf().x509.checkHost(name))).to.not.include(undefined);
    expect(verifies(readBundle(bundle), leaf(), now)).to.equal(true);
    expect(JSON.parse(decoded(api, 'remora-seal', 'keys.json')))
      .to.have.nested.property('current.secret')
      .with.length(44);
    const writes = (): number => api.seen.filter(({ method }) => method !== 'GET').length;
    const before = writes();
    await settle(one);
    expect(writes()).to.equal(before);
    const metrics = await registry.metrics();
    expect(metrics).to.match(/remora_certificate_expiry_timestamp_seconds\{level="serving"\} \d+/);
    expect(metrics).to.contain('remora_certificate_changes_total{change="root-created"} 1');
  });

  it('applies the field alone, by name, and keeps what the chart says beside it', async () => {
    await settle(replica());
    const applied = api.seen.find(({ method }) => method === 'PATCH')!;
    expect(Object.fromEntries(applied.query)).to.deep.equal({ fieldManager: 'remora-certs', force: 'true' });
    const body = applied.body as Stored & { webhooks: Record<string, object>[] };
    expect(body.metadata).to.deep.equal({ name: 'zz-remora', uid: configurations[0] });
    expect(body.webhooks.map((webhook) => [Object.keys(webhook), Object.keys(webhook.clientConfig!)])).to.deep.equal(
      Array(2).fill([['name', 'clientConfig'], ['caBundle']]),
    );
    expect(api.objects.get(configurations[0]!)).to.have.nested.property('webhooks[0].clientConfig.service.name');
  });

  it('heals a caBundle that someone edited', async () => {
    const one = replica();
    await settle(one);
    const right = bundleIn(api, configurations[1]!);
    const edited = structuredClone(api.objects.get(configurations[1]!)) as Stored & {
      webhooks: { clientConfig: object }[];
    };
    edited.webhooks.forEach((webhook) => (webhook.clientConfig = { caBundle: 'bm9uc2Vuc2U=' }));
    api.put(configurations[1]!, edited);
    await one.reconcile();
    expect(bundleIn(api, configurations[1]!)).to.equal(right);
  });

  it('renews the leaf at two thirds of its life, not before', async () => {
    const one = replica();
    await settle(one);
    const first = leaf().fingerprint;
    now += 15 * hour;
    await settle(one);
    expect(leaf().fingerprint).to.equal(first);
    now += 1.1 * hour;
    await settle(one);
    expect(leaf().fingerprint).to.not.equal(first);
  });

  it('lets two replicas that run at once agree on one root, one leaf and one key', async () => {
    const [one, two] = [replica(), replica()];
    for (let round = 0; round < 6; round += 1) await Promise.all([one.reconcile(), two.reconcile()]);
    const roots = readBundle(bundleIn(api, configurations[0]!));
    expect(roots).to.have.length(1);
    expect(verifies(roots, leaf(), now)).to.equal(true);
    expect(bundleIn(api, configurations[1]!)).to.equal(decoded(api, 'remora-ca', 'tls.crt'));
  });

  it('goes on trusting what is served with when the root is lost, and switches only when the new one is known', async () => {
    const one = replica();
    await settle(one);
    const before = leaf();
    api.put(`${secrets}/remora-ca`, { metadata: { name: 'remora-ca', namespace: 'remora-system' } });
    await settle(one);
    expect(leaf().fingerprint).to.equal(before.fingerprint);
    expect(verifies(readBundle(bundleIn(api, configurations[0]!)), before, now)).to.equal(true);
    expect(readBundle(bundleIn(api, configurations[0]!))).to.have.length(2);
    now += times.overlapMs;
    await settle(one);
    expect(leaf().fingerprint).to.not.equal(before.fingerprint);
    now += times.leafMs + times.overlapMs;
    await settle(one);
    expect(readBundle(bundleIn(api, configurations[0]!))).to.have.length(1);
  });

  it('does not switch to a root that one of the configurations does not carry', async () => {
    const quick = certificateTimes(hour, 4 * hour, 24 * hour);
    const one = replica({ times: quick });
    await settle(one);
    const active = decoded(api, 'remora-ca', 'tls.crt');
    api.remove(configurations[1]!);
    now += 2.7 * hour;
    await settle(one);
    now += 2 * quick.overlapMs;
    await settle(one);
    expect(decoded(api, 'remora-ca', 'tls.crt')).to.equal(active);
    expect(decoded(api, 'remora-ca', 'next.crt')).to.not.equal('');
  });

  it('publishes only what cert-manager says, and writes no certificate', async () => {
    await settle(replica());
    const provided = decoded(api, 'remora-ca', 'tls.crt');
    install(api);
    const tls = {
      metadata: { name: 'remora-webhook-tls', namespace: 'remora-system' },
      data: { 'ca.crt': Buffer.from(provided).toString('base64') },
    };
    api.put(`${secrets}/remora-webhook-tls`, tls);
    api.seen.length = 0;
    await settle(replica({ provider: 'cert-manager' }));
    expect(configurations.map((path) => bundleIn(api, path))).to.deep.equal([provided, provided, provided]);
    expect(api.seen.filter(({ method }) => method === 'PUT').map(({ path }) => path)).to.deep.equal([
      `${secrets}/remora-seal`,
    ]);
  });

  type Look = readonly [waitInOverlaps: number, event: 'stay' | 'restart' | 'both'];
  interface Life {
    readonly leafMinutes: number;
    readonly rootFactor: number;
    readonly looks: readonly Look[];
  }
  const shape = { introduced: 0, switched: 0, handshakes: 0 };

  /**
   * Lives through `looks`, and lets every client that is late by less than the overlap meet every leaf that is not
   * expired; throws when one does not verify. `deciding` are the times that control decides by.
   */
  const live = async (
    { leafMinutes, rootFactor, looks }: Life,
    deciding: Partial<typeof times> = {},
    sabotage: () => void = () => undefined,
  ): Promise<void> => {
    api.objects.clear();
    install(api);
    now = Date.UTC(2026, 0, 1);
    const leafMs = leafMinutes * 60_000;
    const real = certificateTimes(leafMs, shortestRootMs(leafMs) * rootFactor, leafMs);
    const start = (): Reconciler => replica({ times: { ...real, ...deciding } });
    let running = start();
    await settle(running);
    const bundles: { until: number; readonly text: string }[] = [];
    const leaves = new Map<string, ReadCertificate>();
    const meet = (): void => {
      const held = new Set(configurations.map((path) => bundleIn(api, path)));
      for (const bundle of bundles) if (bundle.until === Infinity && !held.has(bundle.text)) bundle.until = now;
      for (const text of held) {
        if (!bundles.some((bundle) => bundle.until === Infinity && bundle.text === text))
          bundles.push({ until: Infinity, text });
      }
      expect(leaf().notAfter, 'what is in the Secret is valid').to.be.greaterThan(now);
      leaves.set(leaf().fingerprint, leaf());
      for (const [id, served] of leaves) {
        // An expired leaf is refused whatever a client trusts; control renewed it long before.
        if (served.notAfter <= now) leaves.delete(id);
      }
      for (const { text } of bundles.filter(({ until }) => now - until < real.overlapMs)) {
        for (const served of leaves.values()) {
          shape.handshakes += 1;
          expect(verifies(readBundle(text), served, now), `a leaf at ${now}`).to.equal(true);
        }
      }
    };
    meet();
    for (const [wait, event] of looks) {
      const [active, next] = ['tls.crt', 'next.crt'].map((key) => decoded(api, 'remora-ca', key));
      now += wait * real.overlapMs;
      if (event === 'restart') running = start();
      await running.reconcile();
      sabotage();
      meet();
      if (event === 'both') await start().reconcile();
      meet();
      if (next === '' && decoded(api, 'remora-ca', 'next.crt') !== '') shape.introduced += 1;
      if (decoded(api, 'remora-ca', 'tls.crt') !== active) shape.switched += 1;
    }
  };

  it('verify for every client that is late by less than the overlap, at every moment of every rotation', async function () {
    this.timeout(300_000);
    // How long control is away before each look, in overlaps; what happens to it.
    const wait = fc.double({ min: 0.05, max: 1.6, noNaN: true });
    const look = fc.tuple(wait, fc.constantFrom('stay' as const, 'stay' as const, 'restart' as const, 'both' as const));
    const life = fc.record({
      leafMinutes: fc.integer({ min: 1, max: 60 }),
      rootFactor: fc.double({ min: 1, max: 2, noNaN: true }),
      looks: fc.array(look, { minLength: 70, maxLength: 110, size: 'max' }),
    });
    await fc.assert(
      fc.asyncProperty(life, (one) => live(one)),
      { numRuns: 5 },
    );
    console.log(`      ${shape.introduced} introduced, ${shape.switched} switched, ${shape.handshakes} handshakes`);
    expect(shape.switched).to.be.greaterThan(2);
  });

  /** What the state would be if control did not keep retired roots. */
  const forgetPrevious = (): void => {
    const secret = api.objects.get(`${secrets}/remora-ca`)!;
    if (decoded(api, 'remora-ca', 'previous.json') === '[]') return;
    const data = { ...(secret.data as object), 'previous.json': Buffer.from('[]').toString('base64') };
    api.put(`${secrets}/remora-ca`, { ...secret, data });
  };
  const mutants = [
    ['signs with a root before everyone trusts it', { overlapMs: 0 }, undefined],
    ['waits for a tenth of the time that clients are late', { overlapMs: 10_000 }, undefined],
    ['forgets a root while its leaves are served', {}, forgetPrevious],
  ] as const;
  for (const [mutant, deciding, sabotage] of mutants) {
    it(`would be caught if control ${mutant}`, async function () {
      this.timeout(300_000);
      const looks = Array.from({ length: 220 }, (): Look => [0.3, 'stay']);
      const caught = await live({ leafMinutes: 10, rootFactor: 1, looks }, deciding, sabotage).then(
        () => 'nothing',
        (error: unknown) => (error as Error).message,
      );
      expect(caught).to.match(/^a leaf at /);
    });
  }
});
