import { apiVersion, resources } from '../kube/resources.ts';
import type { KubeClient, KubeObject, KubeOutcome, ResourceType } from '../kube/types.ts';
import { readBundle } from './pem.ts';

/** Both webhook configurations have this name. */
export const configurationName = 'zz-remora';
/** Field manager of `caBundle`; the chart never writes that field. */
const fieldManager = 'remora-certs';

export interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly {
    readonly name: string;
    readonly clientConfig: { readonly caBundle?: string };
  }[];
}

/** The two kinds that carry a caBundle. */
export const configurationTypes: readonly { readonly type: ResourceType; readonly kind: string }[] = [
  { type: resources.mutatingWebhookConfigurations, kind: 'MutatingWebhookConfiguration' },
  { type: resources.validatingWebhookConfigurations, kind: 'ValidatingWebhookConfiguration' },
];

function carries(configuration: WebhookConfiguration, bundle: string): boolean {
  const wanted = Buffer.from(bundle).toString('base64');
  return (configuration.webhooks ?? []).every(({ clientConfig }) => clientConfig.caBundle === wanted);
}

/** Fingerprints of the roots that every webhook of a configuration trusts. */
export function carriedRoots(configuration: WebhookConfiguration): ReadonlySet<string> {
  const sets = (configuration.webhooks ?? []).map(({ clientConfig }) => {
    const bundle = Buffer.from(clientConfig.caBundle ?? '', 'base64').toString('utf8');
    return new Set(readBundle(bundle).map(({ fingerprint }) => fingerprint));
  });
  const [first, ...others] = sets;
  return new Set([...(first ?? [])].filter((root) => others.every((set) => set.has(root))));
}

/**
 * Makes every webhook of one configuration trust exactly `bundle`, by server-side apply of that field alone: the
 * list is keyed by `name` (KEP-555), and what the chart manages beside it stays the chart's.
 *
 * `uid` makes the API server refuse to create the configuration anew when it is being uninstalled.
 */
export async function keepBundle(
  client: KubeClient,
  { type, kind }: (typeof configurationTypes)[number],
  bundle: string,
): Promise<KubeOutcome<{ readonly configuration: WebhookConfiguration; readonly isChanged: boolean }>> {
  const read = await client.get<WebhookConfiguration>(type, { name: configurationName });
  if (read.outcome === 'failed') return read;
  const configuration = read.value;
  if (carries(configuration, bundle)) return { outcome: 'ok', value: { configuration, isChanged: false } };
  const { uid } = configuration.metadata;
  const caBundle = Buffer.from(bundle).toString('base64');
  const wanted: WebhookConfiguration = {
    apiVersion: apiVersion(type),
    kind,
    metadata: { name: configurationName, ...(uid === undefined ? {} : { uid }) },
    webhooks: (configuration.webhooks ?? []).map(({ name }) => ({ name, clientConfig: { caBundle } })),
  };
  // Forced: whoever else wrote the field is wrong about it, and admission fails until it is right again.
  const applied = await client.apply<WebhookConfiguration>(type, wanted, { fieldManager, force: true });
  return applied.outcome === 'ok'
    ? { outcome: 'ok', value: { configuration: applied.value, isChanged: true } }
    : applied;
}
