import { constants, sign } from 'node:crypto';
import { keys } from './keys.ts';
import type { KeyName } from './keys.ts';
import { bits, element, explicit, integer, nothing, octets, oid, sequence, set, yes } from './der.ts';

export interface Extension {
  readonly id: string;
  readonly critical?: boolean;
  readonly value: Buffer;
}

export interface CertificateParts {
  readonly key: KeyName;
  readonly signer: KeyName;
  readonly algorithm: AlgorithmName;
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly serial: bigint;
  readonly notBefore: Buffer;
  readonly notAfter: Buffer;
  readonly version: number;
  readonly extensions: readonly Extension[];
}

const sha2 = (number: number) => `2.16.840.1.101.3.4.2.${number}`;

function pss(hash: string, salt: number): Buffer {
  const algorithm = sequence(oid(hash), nothing);
  return sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(
      explicit(0, algorithm),
      explicit(1, sequence(oid('1.2.840.113549.1.1.8'), algorithm)),
      explicit(2, integer(salt)),
    ),
  );
}

/** How to sign: the algorithm as it is encoded, and what node:crypto does for it. */
const algorithms = {
  md5: { encoded: sequence(oid('1.2.840.113549.1.1.4'), nothing), hash: 'md5', pss: false },
  sha1: { encoded: sequence(oid('1.2.840.113549.1.1.5'), nothing), hash: 'sha1', pss: false },
  sha256: { encoded: sequence(oid('1.2.840.113549.1.1.11'), nothing), hash: 'sha256', pss: false },
  sha512: { encoded: sequence(oid('1.2.840.113549.1.1.13'), nothing), hash: 'sha512', pss: false },
  pss256: { encoded: pss(sha2(1), 32), hash: 'sha256', pss: true },
  pss384: { encoded: pss(sha2(2), 48), hash: 'sha384', pss: true },
  pssOdd: { encoded: pss(sha2(1), 20), hash: 'sha256', pss: true },
  ecdsa1: { encoded: sequence(oid('1.2.840.10045.4.1')), hash: 'sha1', pss: false },
  ecdsa256: { encoded: sequence(oid('1.2.840.10045.4.3.2')), hash: 'sha256', pss: false },
  ecdsa384: { encoded: sequence(oid('1.2.840.10045.4.3.3')), hash: 'sha384', pss: false },
  ecdsa512: { encoded: sequence(oid('1.2.840.10045.4.3.4')), hash: 'sha512', pss: false },
  ed25519: { encoded: sequence(oid('1.3.101.112')), hash: undefined, pss: false },
  unknown: { encoded: sequence(oid('1.2.3.4')), hash: 'sha256', pss: false },
} as const;

export type AlgorithmName = keyof typeof algorithms;
export const algorithmNames = Object.keys(algorithms) as readonly AlgorithmName[];

/** An algorithm that goes with a key. */
export function algorithmFor(key: KeyName): AlgorithmName {
  const type = keys[key].privateKey.asymmetricKeyType;
  if (type === 'rsa') return 'sha256';
  return type === 'ec' ? 'ecdsa256' : 'ed25519';
}

function signature(signer: KeyName, algorithm: AlgorithmName, content: Buffer): Buffer {
  const { privateKey } = keys[signer];
  const { hash, pss: isPss } = algorithms[algorithm];
  const type = privateKey.asymmetricKeyType;
  if (type === 'x25519') return Buffer.alloc(64);
  if (type === 'ed25519' || type === 'ed448') return sign(null, content, privateKey);
  if (isPss && type === 'rsa') {
    const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
    return sign(hash, content, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
  }
  return sign(hash ?? 'sha256', content, privateKey);
}

export function makeCertificate(parts: CertificateParts): Buffer {
  const { encoded } = algorithms[parts.algorithm];
  const extensions = parts.extensions.map(({ id, critical, value }) =>
    sequence(...[oid(id), ...(critical === true ? [yes] : []), octets(value)]),
  );
  const content = sequence(
    ...(parts.version === 1 ? [] : [explicit(0, integer(parts.version - 1))]),
    integer(parts.serial),
    encoded,
    parts.issuer,
    sequence(parts.notBefore, parts.notAfter),
    parts.subject,
    keys[parts.key].publicKey.export({ format: 'der', type: 'spki' }),
    ...(extensions.length === 0 ? [] : [explicit(3, sequence(...extensions))]),
  );
  return sequence(content, encoded, bits(signature(parts.signer, parts.algorithm, content)));
}

/** A name of attributes, each in a set of its own. */
export function name(...attributes: readonly (readonly [type: string, value: Buffer])[]): Buffer {
  return sequence(...attributes.map(([type, value]) => set(sequence(oid(type), value))));
}

export const commonName = (text: string) => name(['2.5.4.3', element(0x0c, text)]);

export function utcTime(text: string): Buffer {
  return element(0x17, text);
}

export function generalizedTime(text: string): Buffer {
  return element(0x18, text);
}

/** A request for a certificate. OPA does not verify it: Ed25519 signs all, which gives the same bytes each time. */
export function makeRequest(key: KeyName, subject: Buffer, attributes: readonly Buffer[], version = 0): Buffer {
  const content = sequence(
    integer(version),
    subject,
    keys[key].publicKey.export({ format: 'der', type: 'spki' }),
    explicit(0, ...attributes),
  );
  const algorithm = algorithmFor(key);
  return sequence(content, algorithms[algorithm].encoded, bits(signature('ed25519', algorithm, content)));
}

export function extensionRequest(extensions: readonly Extension[]): Buffer {
  const list = extensions.map(({ id, critical, value }) =>
    sequence(...[oid(id), ...(critical === true ? [yes] : []), octets(value)]),
  );
  return sequence(oid('1.2.840.113549.1.9.14'), set(sequence(...list)));
}

export function pem(type: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${type}-----\n${lines.join('\n')}\n-----END ${type}-----\n`;
}
