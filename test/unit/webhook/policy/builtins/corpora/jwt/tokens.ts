import { constants, createHmac, sign } from 'node:crypto';
import fc from 'fast-check';
import { keys } from '../x509/keys.ts';
import type { KeyName } from '../x509/keys.ts';

/** How the tokens of the corpora are signed, with the key that goes with it. */
export const signers: Readonly<Record<string, (text: string) => Buffer>> = {
  ...Object.fromEntries(
    ['256', '384', '512'].flatMap((size) => {
      const hash = `sha${size}`;
      const pss = { padding: constants.RSA_PKCS1_PSS_PADDING };
      const content = (text: string) => Buffer.from(text);
      return [
        [`HS${size}`, (text: string) => createHmac(hash, 'a secret').update(text).digest()],
        [`RS${size}`, (text: string) => sign(hash, content(text), keys.rsa.privateKey)],
        [
          `PS${size}`,
          (text: string) =>
            sign(hash, content(text), {
              key: keys.rsa.privateKey,
              ...pss,
              saltLength: size === '512' ? 20 : Number(size) / 8,
            }),
        ],
        [
          `PSOdd${size}`,
          (text: string) => sign(hash, content(text), { key: keys.rsa.privateKey, ...pss, saltLength: 10 }),
        ],
        ...(['p224', 'p256', 'p384', 'p521'] as const).map((key) => [
          `${key} ES${size}`,
          (text: string) => sign(hash, content(text), { key: keys[key].privateKey, dsaEncoding: 'ieee-p1363' }),
        ]),
      ] as [string, (text: string) => Buffer][];
    }),
  ),
  EdDSA: (text) => sign(null, Buffer.from(text), keys.ed25519.privateKey),
};

/** The algorithm that a signer is for. */
export function algorithmOf(signer: string): string {
  return signer.split(' ').at(-1)!.replace('Odd', '');
}

/** The key that verifies what a signer signs. */
export function keyOf(signer: string): KeyName | 'secret' {
  if (signer.startsWith('HS')) return 'secret';
  if (signer === 'EdDSA') return 'ed25519';
  return signer.includes(' ') ? (signer.split(' ')[0] as KeyName) : 'rsa';
}

const base64url = (content: string | Buffer) => Buffer.from(content).toString('base64url');

export function makeToken(signer: string, header: string, payload: string | Buffer): string {
  const text = `${base64url(header)}.${base64url(payload)}`;
  return `${text}.${base64url(signers[signer]!(text))}`;
}

const headerFields = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Record<string, unknown>>({}) },
  fc.constantFrom<Record<string, unknown>>(
    { typ: 'JWT' },
    { kid: 'one' },
    { kid: 'two' },
    { kid: 'none of them' },
    { kid: '' },
    { kid: 1 },
    { crit: ['exp'] },
    { crit: ['other'], other: 1 },
    { crit: ['alg'] },
    { crit: [] },
    { crit: [1, 'other'], other: 1 },
    { crit: ['x', 1] },
    { crit: 'x' },
    { enc: 'A128GCM' },
    { typ: 1 },
    { alg: 1 },
    { alg: '' },
    { alg: null },
    { cty: 'JWT' },
    { cty: 'jwt' },
    { cty: 'text' },
  ),
);

const claims = fc.oneof(
  { weight: 3, arbitrary: fc.constant<unknown>({}) },
  fc.record(
    {
      // Where this is no text and an issuer is asked for, OPA ends in a panic.
      iss: fc.constantFrom('me', 'you', ''),
      aud: fc.constantFrom<unknown>('all', 'none', '', ['all'], ['x', 'all'], [], [1], 1, null),
      exp: fc.constantFrom<unknown>(0, 1_795_600_000, 1_795_600_000.5, 1_795_600_001, 4e9, '5', -1, 100),
      nbf: fc.constantFrom<unknown>(0, 1_795_600_000, 1_795_600_001, 4e9, null, 1e3, 100),
      sub: fc.string({ maxLength: 3 }),
    },
    { requiredKeys: [] },
  ),
  fc.constantFrom<unknown>([], 'text', 1, null),
);

export const signerNames = Object.keys(signers);

/** A token whose header mostly says how it is signed, and mostly is as it was signed. */
export const token: fc.Arbitrary<{ readonly signer: string; readonly text: string }> = fc
  .tuple(
    fc.constantFrom(...signerNames),
    headerFields,
    claims,
    fc.oneof(
      { weight: 8, arbitrary: fc.constant(undefined) },
      fc.constantFrom('HS256', 'ES256', 'RS256', 'none', 'Ed25519', 'HMAC_WITH_SHA256', 'EDDSA', 'nonsense'),
    ),
    fc.oneof(
      { weight: 8, arbitrary: fc.constant('asIs') },
      fc.constantFrom('payload', 'signature', 'short', 'long', 'padded', 'parts', 'nested', 'quoted'),
    ),
    fc.nat(),
  )
  .map(([signer, fields, payload, alg, damage, at]) => {
    const header = JSON.stringify({ alg: alg ?? algorithmOf(signer), ...fields });
    const text = makeToken(signer, header, JSON.stringify(payload));
    return { signer, text: damaged(signer, text, damage, at) };
  });

function damaged(signer: string, text: string, damage: string, at: number): string {
  const [header = '', payload = '', signature = ''] = text.split('.');
  const swap = (part: string) => {
    const place = at % Math.max(1, part.length - 1);
    return part.slice(0, place) + (part[place] === 'A' ? 'B' : 'A') + part.slice(place + 1);
  };
  switch (damage) {
    case 'payload':
      return [header, swap(payload), signature].join('.');
    case 'signature':
      return [header, payload, swap(signature)].join('.');
    case 'short':
      return [header, payload, signature.slice(0, -4)].join('.');
    case 'long':
      return [
        header,
        payload,
        Buffer.concat([Buffer.alloc(1), Buffer.from(signature, 'base64url')]).toString('base64url'),
      ].join('.');
    case 'padded':
      return [header, payload, signature].map((part) => part + '='.repeat((4 - (part.length % 4)) % 4)).join('.');
    case 'parts':
      return at % 2 === 0 ? `${text}.x` : `${header}.${payload}`;
    case 'nested':
      return makeToken(signer, JSON.stringify({ alg: algorithmOf(signer), cty: at % 2 === 0 ? 'JWT' : 'Jwt' }), text);
    case 'quoted':
      return makeToken(signer, JSON.stringify({ alg: algorithmOf(signer), cty: 'JWT' }), `"${text}"`);
    default:
      return text;
  }
}
