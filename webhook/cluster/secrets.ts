import type { KubeObject } from '../../kube/types.ts';
import { parseSealKeys } from '../prove/keys.ts';
import type { SealKeys } from '../prove/keys.ts';
import type { ServingCertificate } from '../server.ts';

/** A core/v1 Secret; its values are base64. Created empty by the chart, filled by control or by cert-manager. */
export interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>> | null;
}

/** The text of one key of a Secret; undefined when it is absent or empty. */
export function secretText({ data }: Secret, key: string): string | undefined {
  const text = Buffer.from(data?.[key] ?? '', 'base64').toString('utf8');
  return text === '' ? undefined : text;
}

/** Reads `tls.crt` and `tls.key` (kubernetes.io/tls); undefined until both are there. */
export function keepServing(secret: Secret): ServingCertificate | undefined {
  const certificate = secretText(secret, 'tls.crt');
  const key = secretText(secret, 'tls.key');
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

/** Reads `keys.json`; undefined until control has written a usable key. */
export function keepSealKeys(secret: Secret): SealKeys | undefined {
  return parseSealKeys(secretText(secret, 'keys.json'));
}
