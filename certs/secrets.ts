import { resources } from '../kube/resources.ts';
import type { KubeClient, KubeObject, KubeOutcome } from '../kube/types.ts';
import type { SecretTexts } from './authority.ts';

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>> | null;
}

/** A Secret as it was read, with its values decoded; `replace` fails with `Conflict` when it changed since. */
export interface HeldSecret {
  readonly texts: SecretTexts;
  /** Keys that are not named stay as they are, and those that are undefined go. */
  replace(texts: Readonly<Record<string, string | undefined>>): Promise<KubeOutcome<HeldSecret>>;
}

function decode(data: Secret['data']): SecretTexts {
  const entries = Object.entries(data ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}

function held(client: KubeClient, secret: Secret): HeldSecret {
  const texts = decode(secret.data);
  return {
    texts,
    replace: async (changes) => {
      const values = Object.entries({ ...texts, ...changes }).filter((entry): entry is [string, string] => {
        return entry[1] !== undefined;
      });
      const data = Object.fromEntries(values.map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
      // The whole object with its resourceVersion, so that two replicas never write over each other.
      const body: Secret = { ...secret, data };
      const outcome = await client.replace<Secret>(resources.secrets, body);
      return outcome.outcome === 'ok' ? { outcome: 'ok', value: held(client, outcome.value) } : outcome;
    },
  };
}

/** Reads one Secret. The chart creates it empty, so `NotFound` means that the chart is not there (any more). */
export async function readSecret(
  client: KubeClient,
  address: { readonly namespace: string; readonly name: string },
): Promise<KubeOutcome<HeldSecret>> {
  const outcome = await client.get<Secret>(resources.secrets, address);
  return outcome.outcome === 'ok' ? { outcome: 'ok', value: held(client, outcome.value) } : outcome;
}
