import fc from 'fast-check';
import type { Value } from '../../../../../../../webhook/policy/value/value.ts';
import { readTerm } from '../../../../../../../webhook/policy/value/text.ts';
import { callsOf, object, text, value as anyValue } from '../../corpus.ts';
import type { Call } from '../../oracle.ts';
import { sample } from '../../corpus.ts';
import { certificateOf, changes, keyNames, keySet, privateJwks, publicJwks, publicPem, secret } from './keys.ts';
import { algorithmOf, keyOf, makeToken, signerNames, token } from './tokens.ts';

/** Each set of keys as text: one key as it is, more in a set, now and then odd ones. */
function keysText(of: typeof publicJwks): fc.Arbitrary<string> {
  return fc.tuple(keySet(of), fc.constantFrom('set', 'one', 'one')).map(([keys, form]) => {
    const [first] = keys;
    return JSON.stringify(form === 'one' && first !== undefined ? first : { keys });
  });
}

const oddKeys = [
  '',
  '{}',
  '[]',
  '{"keys":{}}',
  '{"keys":[1]}',
  '{"keys":[]}',
  '{"keys":[{}]}',
  'null',
  '{"kty":"oct","k":"AQ"} x',
];

/** A key that goes with the signer, mostly. */
function keyFor(signer: string): fc.Arbitrary<string> {
  const name = keyOf(signer);
  const own =
    name === 'secret'
      ? [JSON.stringify(secret)]
      : [
          certificateOf(name),
          publicPem(name),
          ...(name === 'p224'
            ? []
            : [publicJwks, privateJwks].flatMap((of) => [
                JSON.stringify(of[name]),
                JSON.stringify({ keys: [publicJwks['p256'], of[name]] }),
              ])),
        ];
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...own) },
    { weight: 2, arbitrary: keysText({ ...publicJwks, ...privateJwks, secret }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...keyNames).chain((key) => fc.constantFrom(certificateOf(key), publicPem(key))),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...oddKeys,
        `${certificateOf('rsa')}\n`,
        `${certificateOf('rsa')}${certificateOf('rsa')}`,
        `x\n${publicPem('rsa')}`,
        publicPem('rsa').replaceAll('PUBLIC', 'RSA PUBLIC'),
      ),
    },
  );
}

const tokenAndKey = token.chain(({ signer, text: written }) =>
  keyFor(signer).map((key) => ({ signer, args: [written, key] })),
);

function verifyCalls(): readonly Call[] {
  const pairs = sample(tokenAndKey, 2_500);
  return pairs.map(({ signer, args }, at) => {
    // Most are asked for by the algorithm that they are signed with, some by another one.
    const algorithm = algorithmOf(at % 6 === 0 ? signerNames[at % signerNames.length]! : signer);
    return { name: `io.jwt.verify_${algorithm.toLowerCase()}`, args };
  });
}

const constraint = fc.record(
  {
    alg: fc.constantFrom<Value>('RS256', 'HS256', 'ES256', ''),
    iss: fc.constantFrom<Value>('me', ''),
    aud: fc.constantFrom<Value>('all', '', 1),
    time: fc.constantFrom<Value>(0, 1_795_600_000_000_000_000n, 1_795_600_000_500_000_000n, 99_999_999_999n, -1, 'x'),
  },
  { requiredKeys: [] },
);
const constrained = fc
  .tuple(tokenAndKey, fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, constraint), fc.nat())
  .map(([{ signer, args }, more, kind]) => {
    const [written = '', key = ''] = args;
    const isSecret = keyOf(signer) === 'secret' && kind % 3 > 0;
    const keys: Record<string, Value> = isSecret ? { secret: kind % 7 === 0 ? 'other' : 'a secret' } : { cert: key };
    const odd: Record<string, Value> =
      kind % 41 === 0
        ? { other: 1 }
        : kind % 43 === 0
          ? { secret: '', cert: key }
          : kind % 47 === 0
            ? { secret: 's', cert: key }
            : {};
    // Time stands still for us only: what OPA says must not depend on its clock.
    const time: Record<string, Value> = 'time' in more ? {} : { time: 1_795_600_000_123_456_789n };
    return [written, object({ ...keys, ...time, ...more, ...odd })];
  });

/** Algorithms whose signatures are the same each time, and headers that name none. */
const fixedAlgorithms = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
  'none',
  'nonsense',
  'Ed25519',
  1,
  undefined,
];
const fitting: readonly (readonly [algorithm: string, key: string])[] = [
  ...['HS256', 'HS384', 'HS512'].map((algorithm) => [algorithm, 'secret'] as const),
  ...['RS256', 'RS384', 'RS512'].map((algorithm) => [algorithm, 'rsa'] as const),
  ['EdDSA', 'ed25519'],
  ['HS256', 'ed25519'],
];
const signPair = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(...fitting).map(([alg, key]) => [alg, JSON.stringify(privateJwks[key])] as const),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...fitting), fc.constantFrom(...changes))
      .map(([[alg, key], change]) => [alg, JSON.stringify(change(privateJwks[key]!))] as const),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...fixedAlgorithms), keysText({ ...publicJwks, ...privateJwks })) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...fixedAlgorithms), fc.constantFrom(...oddKeys)) },
);
const signing = fc
  .tuple(signPair, fc.constantFrom(undefined, 'JWT', 'text', 1), fc.constantFrom({}, { b: '<&>', a: [1.5] }))
  .map(([[alg, key], typ, more]) => {
    const header = { ...(alg === undefined ? {} : { alg }), ...(typ === undefined ? {} : { typ }), ...more };
    return { header: JSON.stringify(header), key };
  });
const signPayload = fc.oneof({ weight: 4, arbitrary: fc.json({ maxDepth: 1 }) }, { weight: 1, arbitrary: text });

function readTermOr(json: string): Value {
  try {
    JSON.parse(json);
    return readTerm(json);
  } catch {
    return json;
  }
}

const call = (name: string, ...args: readonly Value[]): Call => ({ name, args });

export function documentedTokens(): readonly Call[] {
  const hs = makeToken('HS256', '{"alg":"HS256","typ":"JWT"}', '{"iss":"me","nbf":100}');
  const part = (content: string | Buffer) => Buffer.from(content).toString('base64url');
  const decodes = [
    ...[hs, '', '.', '..', 'a.b.c', `${hs}=`, hs.replace('.', '=.'), `\n${hs}`, `${hs}\n`, 1],
    `${part('{"alg":"none"}')}.${part('{"a":1,"a":2,"n":1.0,"big":123456789012345678901234567890}')}.`,
    `${part('{"alg":"none"}')}.${part(Buffer.from('7b2261223a22ff62e282227d', 'hex'))}.${part(Buffer.from('ff00', 'hex'))}`,
    `${part('{"alg":"none"}')}.${part('{"a":"\\ud800","b":"\\ud83d\\ude00"}')}.`,
    `${part('{"alg":"none"}')}.${part('[1]')}.`,
    `${part('[]')}.${part('{}')}.`,
    `${part('{"enc":1}')}.${part('{}')}.`,
    `${part('{"cty":"JWT"}')}.${part(hs)}.x`,
    `${part('{"cty":"JWT"}')}.${part(`'"${hs}"'`)}.`,
    `${part('{"cty":"jwt"}')}.${part(hs)}.`,
    `${part('{}')}.${part(`{"a":${'['.repeat(1_999)}${']'.repeat(1_999)}}`)}.`,
    `${part('{}')}.${part(`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)}.`,
    `${part('{} ')}.${part('{} x')}.`,
    `${part('\ufeff{}')}.${part('{}')}.`,
    `${part('{}')}.${part('{"a":01}')}.`,
  ];
  return [
    ...decodes.map((value) => call('io.jwt.decode', value)),
    call('io.jwt.decode_verify', hs, object({ secret: 'a secret', iss: 'me', time: 100_000_000_000 })),
    call('io.jwt.decode_verify', hs, object({ secret: 'a secret', time: 99_000_000_000 })),
    call('io.jwt.decode_verify', hs, object({})),
    call('io.jwt.decode_verify', hs, object({ secret: 'other' })),
    call('io.jwt.decode_verify', hs, 1),
    ...[0, 1, 2].map((seconds) =>
      call(
        'io.jwt.decode_verify',
        makeToken('HS256', '{"alg":"HS256"}', '{"exp":1,"nbf":1}'),
        object({ secret: 'a secret', time: seconds * 1e9 }),
      ),
    ),
    ...['', 'all', 'none'].flatMap((aud) =>
      ['{"aud":"all"}', '{"aud":["all"]}', '{}'].map((payload) =>
        call(
          'io.jwt.decode_verify',
          makeToken('HS256', '{"alg":"HS256"}', payload),
          object({ secret: 'a secret', aud, time: 0 }),
        ),
      ),
    ),
    ...['["other"]', '["exp"]', '["alg"]'].map((crit) =>
      call(
        'io.jwt.decode_verify',
        makeToken('HS256', `{"alg":"HS256","other":1,"crit":${crit}}`, '{}'),
        object({ secret: 'a secret', time: 0 }),
      ),
    ),
    ...['RS256', 'PS256', 'RS512'].map((alg) =>
      call(
        'io.jwt.verify_rs256',
        makeToken('RS256', '{"alg":"RS256"}', '{}'),
        JSON.stringify({ ...publicJwks['rsa'], alg }),
      ),
    ),
    call('io.jwt.verify_hs256', hs, 'a secret'),
    call('io.jwt.verify_hs256', hs, 'other'),
    call('io.jwt.verify_hs512', hs, 'a secret'),
    call(
      'io.jwt.encode_sign',
      object({ typ: 'JWT', alg: 'HS256' }),
      object({ 'a<b': 1 }),
      object({
        kty: 'oct',
        k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
      }),
    ),
  ];
}

export function generatedTokens(): readonly Call[] {
  const texts = token.map(({ text: written }): Value => written);
  const parts = fc
    .tuple(signing, signPayload)
    .map(([{ header, key }, payload]): readonly string[] => [header, payload, key]);
  const odd = fc.tuple(fc.nat({ max: 20 }), anyValue).map(([at, value]) => ({ at, value }));
  // Now and then one argument is of another type.
  const raw = fc
    .tuple(parts, odd)
    .map(([args, { at, value }]) => args.map((arg, index) => (index === at ? value : arg)));
  const values = parts.map((args) => args.map(readTermOr));
  return [
    ...callsOf('io.jwt.decode', [texts], 500),
    ...verifyCalls(),
    ...sample(constrained, 2_000).map((args) => ({ name: 'io.jwt.decode_verify', args })),
    ...sample(raw, 800).map((args) => ({ name: 'io.jwt.encode_sign_raw', args })),
    ...sample(values, 800).map((args) => ({ name: 'io.jwt.encode_sign', args })),
  ];
}
