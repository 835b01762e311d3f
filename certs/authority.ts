import type { KeyPair } from './issue.ts';
import { readBundle, readCertificate, readPair, writeBundle } from './pem.ts';
import type { ReadCertificate } from './pem.ts';

/** A root whose key is held. */
export interface Root {
  readonly pair: KeyPair;
  readonly read: ReadCertificate;
}

/** A root that signs no more, but whose leaves may still be served with. */
export interface RetiredRoot {
  readonly read: ReadCertificate;
  /** When the last leaf that it signed has expired; milliseconds since the epoch. */
  readonly retireAt: number;
}

/** What the Secret `remora-ca` says: which root signs, which one will, and which ones are still trusted. */
export interface Authority {
  readonly active: Root;
  /** Trusted already, so that everyone knows it before it signs. */
  readonly next?: Root;
  readonly previous: readonly RetiredRoot[];
}

/** Values of a Secret, decoded. */
export type SecretTexts = Readonly<Record<string, string>>;

/** Reads the Secret's values; undefined when there is no usable active root, however that came to be. */
export function readAuthority(texts: SecretTexts): Authority | undefined {
  const active = root(texts, 'tls');
  if (active === undefined) return undefined;
  const next = root(texts, 'next');
  return { active, ...(next === undefined ? {} : { next }), previous: readPrevious(texts['previous.json']) };
}

/** Writes what `readAuthority` reads. `tls.crt` and `tls.key` are the active root's. */
export function writeAuthority({ active, next, previous }: Authority): SecretTexts {
  const retired = previous.map(({ read, retireAt }) => ({
    certificate: read.pem,
    retireAt: new Date(retireAt).toISOString(),
  }));
  return {
    'tls.crt': active.pair.certificate,
    'tls.key': active.pair.key,
    ...(next === undefined ? {} : { 'next.crt': next.pair.certificate, 'next.key': next.pair.key }),
    'previous.json': JSON.stringify(retired),
  };
}

/** Every root to trust, as PEM: the webhook configurations' caBundle. */
export function bundleOf({ active, next, previous }: Authority): string {
  return writeBundle([active.read, ...(next === undefined ? [] : [next.read]), ...previous.map(({ read }) => read)]);
}

/** Wraps a root that was just made; throws when it is not what `createRoot` makes. */
export function rootOf(pair: KeyPair): Root {
  const root = readPair(pair);
  if (root === undefined) throw new Error('a root whose key is not its own');
  return root;
}

function root(texts: SecretTexts, name: 'tls' | 'next'): Root | undefined {
  const [certificate, key] = [texts[`${name}.crt`], texts[`${name}.key`]];
  if (certificate === undefined || key === undefined) return undefined;
  const read = readPair({ certificate, key });
  return read?.read.x509.ca === true ? read : undefined;
}

function readPrevious(text: string | undefined): readonly RetiredRoot[] {
  return parsedList(text).flatMap((item) => {
    const { certificate, retireAt } =
      typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : {};
    const read = typeof certificate === 'string' ? readCertificate(certificate) : undefined;
    const at = typeof retireAt === 'string' ? Date.parse(retireAt) : NaN;
    // Without a date it stays as long as it lives: trusting it longer refuses nobody.
    return read === undefined ? [] : [{ read, retireAt: Number.isNaN(at) ? read.notAfter : at }];
  });
}

function parsedList(text: string | undefined): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** Roots in a bundle that nobody holds the key of any more, but that what is served with may need. */
export function adopt(bundle: string, retireAt: number, now: number): readonly RetiredRoot[] {
  return readBundle(bundle)
    .filter(({ x509, notAfter }) => x509.ca && notAfter > now)
    .map((read) => ({ read, retireAt }));
}
