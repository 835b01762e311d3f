import { readCertificate } from '../../../../certs/pem.ts';
import { servingNames } from '../../../../certs/reconcile.ts';
import { resources } from '../../../../kube/resources.ts';
import type { KubeObject } from '../../../../kube/types.ts';
import { shakeHands } from '../../../e2e/certificates/handshakes.ts';
import { attemptUntil } from '../../../e2e/harness/attempts.ts';
import { portForward } from '../../../e2e/harness/forward.ts';
import { enabled, gatedPod } from '../../../e2e/outage/objects.ts';
import type { Check } from './check.ts';
import { valueOf } from './outcome.ts';
import { removeKey, textIn } from './secrets.ts';
import type { World } from './world.ts';

const restarted = 'remora-webhook is restarted';
const preparedMs = 60_000;

export const getsReady: Check = {
  shows: 'remora-webhook gets ready',
  provokedBy: restarted,
  recovers: 'by itself',
  provoke: async ({ webhook }) => {
    await webhook.restart();
    return {
      seen: async () => ((await webhook.isReady()) ? `${webhook.podName} is ready` : undefined),
      lines: webhook.lines,
    };
  },
};

export const hearsOfNamespaces: Check = {
  shows: 'a pod of a namespace that was made after remora-webhook started is injected',
  provokedBy: `${restarted}; then a labelled namespace is made`,
  recovers: 'by itself',
  provoke: async (world) => {
    await restartUntilReady(world);
    const namespace = world.fresh('later');
    valueOf(
      await world.cluster.client.create(resources.namespaces, { metadata: { name: namespace, labels: enabled } }),
    );
    return {
      seen: async () => {
        const annotations = await admitted(world, namespace, gatedPod('probe'));
        return annotations === undefined ? undefined : `injected in ${namespace}`;
      },
      lines: world.webhook.lines,
    };
  },
};

export const hearsOfConfigMaps: Check = {
  shows: 'a settings ConfigMap that was written after remora-webhook started decides about the next pod',
  provokedBy: `${restarted}; then a ConfigMap labelled remora.dev/settings is written`,
  recovers: 'by itself',
  provoke: async (world) => {
    await restartUntilReady(world);
    const { shop } = world;
    const name = world.fresh('settings');
    const entry = [{ match: { labels: { probe: name } }, settings: { telemetry: 'off' } }];
    const configMap = {
      metadata: { name, namespace: shop, labels: { 'remora.dev/settings': 'true' } },
      data: { 'settings.yaml': JSON.stringify(entry) },
    };
    // It is admitted by the webhook itself, to which the way may not be open yet.
    await attemptUntil('a settings ConfigMap is admitted', preparedMs, async () => {
      const created = await world.cluster.client.create(resources.configMaps, configMap);
      return created.outcome === 'ok' ? true : undefined;
    });
    return {
      seen: async () => {
        const annotations = await admitted(world, shop, gatedPod('probe', { probe: name }));
        const { settings = {} } = JSON.parse(annotations?.['remora.dev/injected'] ?? '{}') as {
          readonly settings?: Readonly<Record<string, string>>;
        };
        return settings['telemetry'] === `configmap/${name}` ? `telemetry is set by ${name}` : undefined;
      },
      lines: world.webhook.lines,
    };
  },
};

export const hearsOfCertificate: Check = {
  shows: 'a new serving certificate is served with',
  provokedBy: `${restarted}; then control is made to issue another certificate`,
  recovers: 'by itself',
  provoke: async (world) => {
    await restartUntilReady(world);
    const { cluster, namespace, webhook } = world;
    await removeKey(world, 'remora-webhook-tls', 'tls.crt');
    const certificate = await attemptUntil('control has issued', preparedMs, () =>
      textIn(world, 'remora-webhook-tls', 'tls.crt'),
    );
    const bundle = (await textIn(world, 'remora-webhook-tls', 'ca.crt')) ?? '';
    const issued = readCertificate(certificate)?.fingerprint;
    const forward = await portForward(cluster, namespace, `pod/${webhook.podName}`, 9443);
    const [name = ''] = servingNames(namespace);
    return {
      seen: async () => {
        const shaken = await shakeHands(forward.localPort, name, bundle);
        return shaken.outcome === 'verified' && shaken.leaf === issued ? `served ${shaken.leaf}` : undefined;
      },
      lines: webhook.lines,
      close: () => {
        forward.close();
        return Promise.resolve();
      },
    };
  },
};

export const hearsOfSealKeys: Check = {
  shows: 'pods are sealed with a new key',
  provokedBy: `${restarted}; then control is made to write another key`,
  recovers: 'by itself',
  provoke: async (world) => {
    await restartUntilReady(world);
    await removeKey(world, 'remora-seal', 'keys.json');
    const keys = await attemptUntil('control has written a key', preparedMs, () =>
      textIn(world, 'remora-seal', 'keys.json'),
    );
    const { current } = JSON.parse(keys) as { readonly current: { readonly id: string } };
    return {
      seen: async () => {
        const annotations = await admitted(world, world.shop, gatedPod('probe'));
        const isSealedWith = annotations?.['remora.dev/seal']?.startsWith(`v1.${current.id}.`) === true;
        return isSealedWith ? `sealed with ${current.id}` : undefined;
      },
      lines: world.webhook.lines,
    };
  },
};

async function restartUntilReady({ webhook }: World): Promise<void> {
  await webhook.restart();
  await webhook.untilReady();
}

/**
 * Annotations of a pod that would be let in; undefined while it is refused.
 *
 * @throws Error when it would be let in bare, which no missing right may lead to.
 */
async function admitted(
  { cluster }: World,
  namespace: string,
  pod: KubeObject,
): Promise<Readonly<Record<string, string>> | undefined> {
  const object = { ...pod, metadata: { ...pod.metadata, namespace } };
  const outcome = await cluster.client.create<KubeObject>(resources.pods, object, { dryRun: true });
  if (outcome.outcome === 'failed') return undefined;
  const { annotations = {} } = outcome.value.metadata;
  if (annotations['remora.dev/seal'] === undefined) throw new Error(`a bare pod is let into ${namespace}`);
  return annotations;
}
