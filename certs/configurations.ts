import { apiVersion, resources } from '../kube/resources.ts';
import type { KubeClient, KubeObject, KubeOutcome, ResourceType } from '../kube/types.ts';
import { readBundle } from './pem.ts';

/** Field manager of `caBundle`; the chart never writes that field. */
const fieldManager = 'remora-certs';

export interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly {
    readonly name: string;
    readonly clientConfig: { readonly caBundle?: string };
  }[];
}

/** One object of the chart whose entries carry a caBundle. */
export interface ConfigurationAddress {
  readonly type: ResourceType;
  readonly kind: string;
  readonly name: string;
}

const validating = {
  type: resources.validatingWebhookConfigurations,
  kind: 'ValidatingWebhookConfiguration',
} as const;

/** Every webhook configuration of the chart: injection, proof and settings, and the policies' own. */
export const configurations: readonly ConfigurationAddress[] = [
  { type: resources.mutatingWebhookConfigurations, kind: 'MutatingWebhookConfiguration', name: 'zz-remora' },
  { ...validating, name: 'zz-remora' },
  { ...validating, name: 'zz-remora-policies' },
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
  { type, kind, name }: ConfigurationAddress,
  bundle: string,
): Promise<KubeOutcome<{ readonly configuration: WebhookConfiguration; readonly isChanged: boolean }>> {
  const read = await client.get<WebhookConfiguration>(type, { name });
  if (read.outcome === 'failed') return read;
  const configuration = read.value;
  if (carries(configuration, bundle)) return { outcome: 'ok', value: { configuration, isChanged: false } };
  const { uid } = configuration.metadata;
  const caBundle = Buffer.from(bundle).toString('base64');
  const wanted: WebhookConfiguration = {
    apiVersion: apiVersion(type),
    kind,
    metadata: { name, ...(uid === undefined ? {} : { uid }) },
    webhooks: (configuration.webhooks ?? []).map((entry) => ({ name: entry.name, clientConfig: { caBundle } })),
  };
  // Forced: whoever else wrote the field is wrong about it, and admission fails until it is right again.
  const applied = await client.apply<WebhookConfiguration>(type, wanted, { fieldManager, force: true });
  return applied.outcome === 'ok'
    ? { outcome: 'ok', value: { configuration: applied.value, isChanged: true } }
    : applied;
}
