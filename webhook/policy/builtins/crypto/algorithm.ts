import type { PublicKey, AlgorithmIdentifier } from './publicKey.ts';
import { DerReader, malformed, readInteger, tags } from './der.ts';
import { BuiltinError } from '../types.ts';

/** How a certificate is signed. */
export interface SignatureAlgorithm {
  /** Go's `x509.SignatureAlgorithm`. */
  readonly number: number;
  readonly key: PublicKey['kind'];
  /** As node:crypto names it; none for Ed25519, which has its own. */
  readonly hash?: 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512';
  readonly isPss?: true;
}

const known: Readonly<Record<string, SignatureAlgorithm>> = {
  '1.2.840.113549.1.1.4': { number: 2, key: 'rsa', hash: 'md5' },
  '1.2.840.113549.1.1.5': { number: 3, key: 'rsa', hash: 'sha1' },
  '1.3.14.3.2.29': { number: 3, key: 'rsa', hash: 'sha1' },
  '1.2.840.113549.1.1.11': { number: 4, key: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { number: 5, key: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { number: 6, key: 'rsa', hash: 'sha512' },
  '1.2.840.10040.4.3': { number: 7, key: 'dsa', hash: 'sha1' },
  '2.16.840.1.101.3.4.3.2': { number: 8, key: 'dsa', hash: 'sha256' },
  '1.2.840.10045.4.1': { number: 9, key: 'ecdsa', hash: 'sha1' },
  '1.2.840.10045.4.3.2': { number: 10, key: 'ecdsa', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { number: 11, key: 'ecdsa', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { number: 12, key: 'ecdsa', hash: 'sha512' },
  '1.3.101.112': { number: 16, key: 'ed25519' },
};

const pssOid = '1.2.840.113549.1.1.10';
const mgf1Oid = '1.2.840.113549.1.1.8';

/** Hashes of PSS with the only length of salt that Go takes with each. */
const pssHashes: Readonly<Record<string, { readonly salt: bigint; readonly algorithm: SignatureAlgorithm }>> = {
  '2.16.840.1.101.3.4.2.1': { salt: 32n, algorithm: { number: 13, key: 'rsa', hash: 'sha256', isPss: true } },
  '2.16.840.1.101.3.4.2.2': { salt: 48n, algorithm: { number: 14, key: 'rsa', hash: 'sha384', isPss: true } },
  '2.16.840.1.101.3.4.2.3': { salt: 64n, algorithm: { number: 15, key: 'rsa', hash: 'sha512', isPss: true } },
};

/** The algorithm that Go knows by this identifier; undefined for any other (Go: 0). */
export function signatureAlgorithm({ algorithm, parameters }: AlgorithmIdentifier): SignatureAlgorithm | undefined {
  const oid = algorithm.join('.');
  if (oid === pssOid) return pssAlgorithm(parameters);
  const found = known[oid];
  return found?.key === 'ed25519' && parameters.length > 0 ? undefined : found;
}

/** RSASSA-PSS-params (RFC 4055 section 3.1), of which Go takes only the three that RFC 8446 section 4.2.3 lists. */
function pssAlgorithm(parameters: Buffer): SignatureAlgorithm | undefined {
  try {
    const reader = new DerReader(parameters).inside(tags.sequence);
    const explicit = (number: number) => new DerReader(reader.explicit(number, tags.sequence) ?? malformed('PSS'));
    const hash = plainHash(explicit(0));
    const generator = explicit(1);
    const isMgf1 = generator.oid().join('.') === mgf1Oid;
    const generatorHash = plainHash(generator.inside(tags.sequence));
    const salt = readInteger(reader.explicit(2, tags.integer) ?? malformed('PSS'));
    const trailer = readInteger(reader.explicit(3, tags.integer) ?? Buffer.from([1]));
    const found = hash === undefined ? undefined : pssHashes[hash];
    return isMgf1 && generatorHash === hash && trailer === 1n && found?.salt === salt ? found.algorithm : undefined;
  } catch (error) {
    if (error instanceof BuiltinError) return undefined;
    throw error;
  }
}

/** The name of a hash without parameters. */
function plainHash(reader: DerReader): string | undefined {
  const oid = reader.oid().join('.');
  if (reader.isEmpty) return oid;
  const { tag, content } = reader.any();
  return tag === tags.null && content.length === 0 ? oid : undefined;
}
