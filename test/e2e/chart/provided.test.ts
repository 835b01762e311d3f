import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createRoot, issueLeaf } from '../../../certs/issue.ts';
import type { KeyPair } from '../../../certs/issue.ts';
import { readCertificate } from '../../../certs/pem.ts';
import { servingNames } from '../../../certs/reconcile.ts';
import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { watchBundles } from '../certificates/bundles.ts';
import { shakeHands } from '../certificates/handshakes.ts';
import { applyObjects } from '../harness/apply.ts';
import { attemptUntil } from '../harness/attempts.ts';
import { installChart, uninstallChart } from '../harness/chart.ts';
import { portForward } from '../harness/forward.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { gatedPod, isInjected, whileCreating } from './stream.ts';

describeOnCluster('chart with a certificate from elsewhere', (suite) => {
  const namespace = 'remora-system';
  const [servingName = ''] = servingNames(namespace);
  const hourMs = 3_600_000;
  let shop = '';
  let root: KeyPair;
  let leaf: KeyPair;

  /** Writes the Secret as cert-manager does: the leaf, its key, and whom to trust. */
  async function provide(): Promise<void> {
    const now = Date.now();
    leaf = await issueLeaf(root, { now, lifeMs: hourMs, names: servingNames(namespace), random: randomBytes });
    const data = { 'tls.crt': leaf.certificate, 'tls.key': leaf.key, 'ca.crt': root.certificate };
    const base64 = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')] as const);
    await applyObjects(suite.cluster, namespace, [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'remora-webhook-tls' },
        type: 'kubernetes.io/tls',
        data: Object.fromEntries(base64),
      },
    ]);
  }

  /** Whether the webhook serves with the leaf that was provided last, as its own root verifies it. */
  async function isServed(): Promise<boolean> {
    const forward = await portForward(suite.cluster, namespace, 'svc/remora-webhook', 443);
    try {
      const shaken = await shakeHands(forward.localPort, servingName, root.certificate);
      return shaken.outcome === 'verified' && shaken.leaf === readCertificate(leaf.certificate)?.fingerprint;
    } finally {
      forward.close();
    }
  }

  before(async function () {
    this.timeout(240_000);
    suite.observeNamespace(namespace);
    await suite.cluster.load('remora', 'remora-policy', 'collector');
    shop = await suite.makeNamespace('shop', { labels: { 'remora.dev/inject': 'enabled' } });
    await suite.cluster.kubectl('create', 'namespace', namespace).catch(() => '');
    root = await createRoot(Date.now(), hourMs, randomBytes);
    await provide();
    const values = { imagePrefix: suite.cluster.imagePrefix, certificates: { provider: 'cert-manager' } };
    await installChart(suite.cluster, { release: 'remora', namespace, values });
  });
  after(async function () {
    this.timeout(240_000);
    await uninstallChart(suite.cluster, 'remora', namespace);
    await suite.cluster.kubectl('delete', 'namespace', namespace);
  });

  it('serves with it, trusts its root, and injects', async () => {
    const pod = await attemptUntil('a first pod is admitted', 30_000, async () => {
      const made = await suite.cluster.client.create<KubeObject>(resources.pods, gatedPod(shop, 'first'));
      return made.outcome === 'ok' ? made.value : undefined;
    });
    expect(isInjected(pod)).to.equal(true);
    expect(await isServed()).to.equal(true);
    const bundles = await watchBundles(suite.cluster);
    expect([...bundles.all()]).to.deep.equal([root.certificate]);
    bundles.close();
  });

  it('takes a renewed one at once, with no refusal under a stream of pods', async () => {
    const counts = await whileCreating(suite.cluster, shop, async () => {
      await provide();
      expect(
        await attemptUntil('the new leaf is served', 90_000, async () => (await isServed()) || undefined),
      ).to.equal(true);
    });
    console.log(`      ${counts.created} pods created, ${counts.bare} bare, ${counts.refusals.length} refused`);
    expect(counts.refusals).to.deep.equal([]);
    expect(counts.bare).to.equal(0);
  });

  it('leaves the Secret to who provides it', async () => {
    const read = await suite.cluster.client.get<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(
      resources.secrets,
      { namespace, name: 'remora-webhook-tls' },
    );
    if (read.outcome === 'failed') throw new Error(read.message);
    expect(Buffer.from(read.value.data?.['tls.crt'] ?? '', 'base64').toString()).to.equal(leaf.certificate);
    expect(Buffer.from(read.value.data?.['ca.crt'] ?? '', 'base64').toString()).to.equal(root.certificate);
  });
});
