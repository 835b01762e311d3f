import fc from 'fast-check';
import type { Value } from '../../../../../../webhook/policy/value/value.ts';
import { callsOf, text } from '../corpus.ts';
import type { Call } from '../oracle.ts';
import { sample } from './sample.ts';
import {
  algorithmNames,
  commonName,
  extensionRequest,
  generalizedTime,
  makeCertificate,
  makeRequest,
  name,
  pem,
  utcTime,
} from './x509/certificate.ts';
import { keys } from './x509/keys.ts';
import type { KeyName } from './x509/keys.ts';
import { element, integer, nothing, octets, oid, sequence, set } from './x509/der.ts';
import { extension } from './x509/extensions.ts';

const keyName = fc.constantFrom(...(Object.keys(keys) as KeyName[]));

const attributeValue = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('DE', 'Org', 'x*&y', '').map((value) => element(0x13, value)) },
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }).map((value) => element(0x0c, value)) },
  fc.constantFrom(
    element(0x13, 'a_b'),
    element(0x0c, Buffer.from([0xc3])),
    element(0x14, Buffer.from([0xe4, 0x41])),
    element(0x1e, Buffer.from('00410042', 'hex')),
    element(0x1e, Buffer.from('00410000', 'hex')),
    element(0x1e, Buffer.from('d83d', 'hex')),
    element(0x1e, Buffer.from('fffe', 'hex')),
    element(0x16, 'ia5'),
    element(0x16, Buffer.from([0x80])),
    element(0x12, '12 3'),
    element(0x12, 'x'),
    element(0x02, '\u0005'),
    element(0x02, Buffer.from('010000000000000000', 'hex')),
    element(0x04, 'octets'),
    element(0x01, Buffer.from([0xff])),
    element(0x05),
    sequence(),
  ),
);
const attributeType = fc.constantFrom(
  ...[3, 5, 6, 7, 8, 9, 10, 11, 17, 4].map((number) => `2.5.4.${number}`),
  '1.2.840.113549.1.9.1',
);
const subject = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.tuple(attributeType, attributeValue), { maxLength: 3 }).map((list) => name(...list)),
  },
  fc.constantFrom(
    sequence(set()),
    sequence(set(sequence(oid('2.5.4.3'), element(0x13, 'a')), sequence(oid('2.5.4.10'), element(0x13, 'b')))),
    sequence(sequence()),
    sequence(set(sequence(oid('2.5.4.3')))),
  ),
);
const time = fc.oneof(
  { weight: 6, arbitrary: fc.constant(utcTime('260101120000Z')) },
  fc
    .constantFrom(
      ...['491231235959Z', '500101000000Z', '690101000000Z', '2601011200Z', '260101120000+0100', '260101120000-2400'],
      ...['260101120000+0000', '260230120000Z', '260101240000Z', '2601011200', '520229000000Z', '260101120000+0160'],
    )
    .map(utcTime),
  fc
    .constantFrom(
      ...[
        '20260101120000Z',
        '99991231235959Z',
        '00000101000000Z',
        '19500101000000-1200',
        '202601011200Z',
        '20260101120000.5Z',
      ],
    )
    .map(generalizedTime),
);
const parts = fc.record({
  key: keyName,
  // Ed25519 gives the same bytes each time; which algorithm is named beside it does not matter to a reader.
  signer: fc.constant<KeyName>('ed25519'),
  algorithm: fc.constantFrom(...algorithmNames),
  subject,
  issuer: fc.oneof({ weight: 3, arbitrary: fc.constant(commonName('issuer')) }, subject),
  serial: fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 160n }), fc.constantFrom(-1n, 0n, 255n)),
  notBefore: time,
  notAfter: time,
  version: fc.oneof({ weight: 8, arbitrary: fc.constant(3) }, fc.constantFrom(1, 2, 4)),
  extensions: fc.array(extension, { maxLength: 4 }),
});
const certificate = parts.map(makeCertificate);

/** One byte changed, taken away or put in. */
const damage = (of: fc.Arbitrary<Buffer>) =>
  fc
    .tuple(of, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.constantFrom('set', 'set', 'cut', 'add'))
    .map(([der, place, byte, kind]) => {
      const at = place % der.length;
      const middle = kind === 'cut' ? [] : [byte];
      return Buffer.concat([der.subarray(0, at), Buffer.from(middle), der.subarray(kind === 'add' ? at : at + 1)]);
    });

const wrapped = (type: string, of: fc.Arbitrary<Buffer>) =>
  fc.tuple(of, fc.constantFrom('pem', 'pem', 'base64', 'base64OfPem')).map(([der, form]): Value => {
    if (form === 'pem') return pem(type, der);
    return form === 'base64' ? der.toString('base64') : Buffer.from(pem(type, der)).toString('base64');
  });

/** PEM as people paste it: text around it, headers, spaces, blocks that are cut. */
function pemVariants(type: string, der: Buffer): readonly string[] {
  const whole = pem(type, der);
  const body = whole.split('\n').slice(1, -2).join('\n');
  const [first, last] = [`-----BEGIN ${type}-----`, `-----END ${type}-----`];
  return [
    whole.trim(),
    `${whole}${whole}`,
    `text before\n${whole}text after`,
    whole.replaceAll('\n', '\r\n'),
    whole.replaceAll('\n', ' \n'),
    `${first}\nProc-Type: 4,ENCRYPTED\nX: y\n\n${body}\n${last}`,
    `${first}\nA: b\n${last}\n${whole}`,
    `${first}\n${last}`,
    `${first}\n\n${last}`,
    `${first}\n${body}`,
    `${first}${body}${last}`,
    `${first}\n${body}\n-----END OTHER-----\n${whole}`,
    `${first}\n${first}\n${body}\n${last}`,
    `${first}\n${body}\n${last} x`,
    `${first}\n${body}=\n${last}\n${whole}`,
    `x${whole}`,
    `${whole.replaceAll(type, 'OTHER')}${whole}`,
    `-----BEGIN ${type}----\n${body}\n${last}`,
    `${first}\nno: end: of\n-----END ${type}: x-----\n${whole}`,
    ` ${whole}`,
  ];
}

const privateKeys = (Object.keys(keys) as KeyName[]).flatMap((key) => {
  const { privateKey } = keys[key];
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  const type = privateKey.asymmetricKeyType;
  const traditional = type === 'rsa' ? 'pkcs1' : type === 'ec' ? 'sec1' : undefined;
  const own =
    traditional === undefined
      ? []
      : [
          {
            type: traditional === 'pkcs1' ? 'RSA PRIVATE KEY' : 'EC PRIVATE KEY',
            der: privateKey.export({ format: 'der', type: traditional }),
          },
        ];
  return [{ type: 'PRIVATE KEY', der: pkcs8 }, ...own].map((form) => ({ ...form, key }));
});

/** RSA keys that only some of OPA's checks tell from sound ones. */
function oddRsaKeys(): readonly Buffer[] {
  const jwk = keys.rsa.privateKey.export({ format: 'jwk' });
  const number = (text = '') => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`);
  const [n, e, d, p, q] = [jwk.n, jwk.e, jwk.d, jwk.p, jwk.q].map(number) as [bigint, bigint, bigint, bigint, bigint];
  const [dp, dq, qi] = [jwk.dp, jwk.dq, jwk.qi].map(number) as [bigint, bigint, bigint];
  const key = (...numbers: readonly bigint[]) => sequence(integer(0), ...numbers.map((value) => integer(value)));
  return [
    key(n, e, d, p, q, dp, dq, qi),
    key(n, e, d, p, q),
    key(n, e, d, p, q, dp, dq),
    key(n, e, d, q, p),
    key(n, e, d, q, p, dp, dq, qi),
    key(n, e, d, p, q, dp + p - 1n, dq, qi),
    key(n, e, d + (p - 1n) * (q - 1n), p, q, dp, dq, qi),
    key(n, 3n, d, p, q, dp, dq, qi),
    key(n + 2n, e, d, p, q, dp, dq, qi),
    key(n, e, -d, p, q, dp, dq, qi),
    key(n, e, d, p, 0n, dp, dq, qi),
    key(n, 1n, 1n, p, q),
    key(3233n, 17n, 2753n, 61n, 53n),
    Buffer.concat([key(n, e, d, p, q, dp, dq, qi), nothing]),
    sequence(
      integer(1),
      ...[n, e, d, p, q, dp, dq, qi].map((value) => integer(value)),
      sequence(sequence(integer(5), integer(1), integer(1))),
    ),
    sequence(integer(2), ...[n, e, d, p, q, dp, dq, qi].map((value) => integer(value))),
  ];
}

const call = (built: string, ...args: readonly Value[]): Call => ({ name: built, args });

export function documentedCrypto(): readonly Call[] {
  const base = makeCertificate({
    ...sample(parts, 1)[0]!,
    subject: commonName('a'),
    issuer: commonName('a'),
    version: 3,
    extensions: [],
    serial: 1n,
    notBefore: utcTime('260101120000Z'),
    notAfter: utcTime('260101120000Z'),
    key: 'p256',
  });
  const request = makeRequest('p256', commonName('a'), []);
  const ec = privateKeys.find(({ key, type }) => key === 'p256' && type === 'EC PRIVATE KEY')!;
  const parsers = ['crypto.parse_private_keys', 'crypto.x509.parse_rsa_private_key'];
  return [
    ...pemVariants('CERTIFICATE', base).map((variant) => call('crypto.x509.parse_certificates', variant)),
    ...pemVariants('CERTIFICATE REQUEST', request).map((variant) =>
      call('crypto.x509.parse_certificate_request', variant),
    ),
    ...pemVariants(ec.type, ec.der).flatMap((variant) => parsers.map((parser) => call(parser, variant))),
    ...privateKeys.flatMap(({ type, der }) =>
      parsers.flatMap((parser) => [
        call(parser, pem(type, der)),
        call(parser, Buffer.from(pem(type, der)).toString('base64')),
        call(parser, der.toString('base64')),
      ]),
    ),
    ...privateKeys.flatMap(({ type, der }) =>
      parsers.map((parser) => call(parser, pem(type === 'PRIVATE KEY' ? 'RSA PRIVATE KEY' : 'PRIVATE KEY', der))),
    ),
    ...oddRsaKeys().flatMap((der) => parsers.map((parser) => call(parser, pem('RSA PRIVATE KEY', der)))),
    ...parsers.flatMap((parser) =>
      [
        '',
        ' ',
        'x',
        pem('CERTIFICATE', base),
        `${pem('PRIVATE KEY', privateKeys[0]!.der)}${pem(ec.type, ec.der)}`,
        1,
      ].map((value) => call(parser, value)),
    ),
    ...['', ' ', 'x', 'AAAA', pem('OTHER', base), `${base.toString('base64')}\n`].map((value) =>
      call('crypto.x509.parse_certificates', value),
    ),
    call('crypto.hmac.equal', 'a', 'a'),
    call('crypto.hmac.equal', 'a', 'b'),
    call('crypto.md5', 'message'),
    call('crypto.sha1', 'message'),
    call('crypto.sha256', 'message'),
  ];
}

const attributes = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.array(extension, { maxLength: 3 }).map(extensionRequest) },
    {
      weight: 1,
      arbitrary: attributeValue.map((value) => sequence(oid('1.2.3'), set(sequence(sequence(oid('2.5.4.3'), value))))),
    },
    fc.constantFrom(
      sequence(oid('1.2.840.113549.1.9.7'), set(element(0x0c, 'secret'))),
      sequence(oid('1.2.840.113549.1.9.14'), set()),
      sequence(oid('1.2.840.113549.1.9.14'), set(octets(''))),
      sequence(oid('1.2.840.113549.1.9.14')),
      nothing,
    ),
  ),
  { maxLength: 2 },
);
const request = fc
  .tuple(
    keyName.filter((key) => key !== 'x25519' && key !== 'ed448'),
    subject,
    attributes,
    fc.constantFrom(0, 0, 0, 1, -1),
  )
  .map((args) => makeRequest(...args));

const keyPairs = fc
  .tuple(
    keyName,
    keyName,
    fc.constantFrom('same', 'same', 'other'),
    fc.constantFrom('pem', 'base64', 'base64OfPem'),
    fc.constantFrom(...privateKeys),
  )
  .map(([own, signer, kind, form, any]) => {
    const der = makeCertificate({
      ...sample(parts, 1)[0]!,
      key: own,
      subject: commonName('a'),
      issuer: commonName('a'),
      version: 3,
      extensions: [],
      serial: 1n,
      notBefore: utcTime('260101120000Z'),
      notAfter: utcTime('260101120000Z'),
    });
    const key =
      kind === 'same' ? (privateKeys.filter((candidate) => candidate.key === own)[signer.length % 2] ?? any) : any;
    const wrap = (type: string, content: Buffer) =>
      form === 'pem'
        ? pem(type, content)
        : form === 'base64'
          ? content.toString('base64')
          : Buffer.from(pem(type, content)).toString('base64');
    return [wrap('CERTIFICATE', der), wrap(key.type, key.der)];
  });

export function generatedCrypto(): readonly Call[] {
  const digests = ['crypto.md5', 'crypto.sha1', 'crypto.sha256'];
  const codes = ['crypto.hmac.md5', 'crypto.hmac.sha1', 'crypto.hmac.sha256', 'crypto.hmac.sha512'];
  const certificates = fc.oneof({ weight: 2, arbitrary: certificate }, damage(certificate));
  const keyText = wrapped(
    'PRIVATE KEY',
    damage(fc.constantFrom(...privateKeys.filter(({ type }) => type === 'PRIVATE KEY').map(({ der }) => der))),
  );
  const pairs = sample(keyPairs, 300).map((args) => ({ name: 'crypto.x509.parse_keypair', args }));
  return [
    ...digests.flatMap((digest) => callsOf(digest, [text], 100)),
    ...codes.flatMap((code) => callsOf(code, [text, text], 100)),
    ...callsOf('crypto.x509.parse_certificates', [wrapped('CERTIFICATE', certificates)], 3_000),
    ...callsOf(
      'crypto.x509.parse_certificate_request',
      [wrapped('CERTIFICATE REQUEST', fc.oneof({ weight: 2, arbitrary: request }, damage(request)))],
      1_500,
    ),
    ...callsOf('crypto.parse_private_keys', [keyText], 500),
    ...callsOf('crypto.x509.parse_rsa_private_key', [keyText], 500),
    ...pairs,
  ];
}
