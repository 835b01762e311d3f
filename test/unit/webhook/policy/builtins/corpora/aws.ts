import fc from 'fast-check';
import type { Value } from '../../../../../../webhook/policy/value/value.ts';
import { RegoSet } from '../../../../../../webhook/policy/value/value.ts';
import { callsOf, object, text, value as anyValue } from '../corpus.ts';
import type { Call } from '../oracle.ts';

const urls = [
  ...[
    'https://example.com',
    'https://example.com/',
    'https://u:p@example.com:8443/a%20b/c d?x=1&y=ü#f',
    'http://[::1]:80/',
  ],
  ...[
    'https://example.com/a%2Fb/[]!',
    '//host/p',
    'mailto:x',
    '',
    '*',
    'http://a b/',
    ':x',
    'https://ü.example/ü?ü',
    '/only/path?',
  ],
];

/** Names that differ in more than their case: which of two the other hides is not said. */
const headers = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom(
        'Content-Type',
        'X-Amz-Date',
        'host',
        'Authorization',
        'user-agent',
        'x-amzn-trace-id',
        'x-ü',
        'x-amz-content-sha256',
        '',
      ),
      fc.oneof(text, fc.constant<Value>(1)),
    ),
    { maxLength: 4, selector: ([name]) => name.toLowerCase() },
  )
  .map((entries): Value => object(Object.fromEntries(entries)));

const request = fc
  .record(
    {
      method: fc.constantFrom<Value>('GET', 'get', 'POST', 'ü', 1),
      url: fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom<Value>(...urls) },
        { weight: 1, arbitrary: fc.constant<Value>(1) },
      ),
      headers: fc.oneof({ weight: 12, arbitrary: headers }, { weight: 1, arbitrary: fc.constant<Value>('x') }),
      body: fc.oneof(anyValue, fc.constant<Value>(new RegoSet(['<&>', 1.5]))),
      raw_body: fc.oneof(text, fc.constant<Value>(1)),
      timeout: fc.constant<Value>('1s'),
      other: fc.constant<Value>(1),
    },
    { requiredKeys: ['method', 'url'] },
  )
  // Most requests are sound.
  .chain(({ other, ...sound }) =>
    fc.oneof(
      { weight: 12, arbitrary: fc.constant(sound) },
      { weight: 1, arbitrary: fc.constant({ ...sound, other: other ?? 1 }) },
    ),
  )
  .map((fields): Value => object(fields));

const name = fc.constantFrom<Value>('s3', 'glacier', 'ec2', 'ü', '', 1);
const configuration = fc
  .record(
    {
      aws_service: name,
      aws_access_key: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom<Value>('MYAWSACCESSKEYGOESHERE', 'ü') },
        { weight: 1, arbitrary: anyValue },
      ),
      aws_secret_access_key: fc.constantFrom<Value>('MYAWSSECRETACCESSKEYGOESHERE', ''),
      aws_region: fc.constantFrom<Value>('us-east-1', ''),
      aws_session_token: fc.constantFrom<Value>('MYAWSSECURITYTOKENGOESHERE', '', 1),
      disable_payload_signing: fc.constantFrom<Value>(true, true, false, false, 'x'),
      other: fc.constant<Value>(1),
    },
    { requiredKeys: ['aws_service', 'aws_access_key', 'aws_secret_access_key', 'aws_region'] },
  )
  .map((fields): Value => object(fields));

const time = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
  fc.constantFrom<Value>(0, 1.5, 1_673_891_500_000_000_000n),
);

const documented = object({
  aws_access_key: 'MYAWSACCESSKEYGOESHERE',
  aws_secret_access_key: 'MYAWSSECRETACCESSKEYGOESHERE',
  aws_service: 's3',
  aws_region: 'us-east-1',
});

export const documentedSignatures: readonly Call[] = [
  [
    object({ method: 'get', url: 'https://examplebucket.s3.amazonaws.com/data' }),
    documented,
    1_673_891_500_000_000_000n,
  ],
  [object({ method: 'get', url: 'https://x/', headers: object({ foo: 'bar' }) }), documented, 0],
  [object({ method: 'get' }), documented, 0],
  [object({ url: 'https://x/' }), documented, 0],
  [object({ method: 'get', url: 'https://x/' }), object({}), 0],
  [object({ method: 'get', url: 'https://x/' }), documented, '0'],
].map((args) => ({ name: 'providers.aws.sign_req', args: args }));

export function generatedSignatures(): readonly Call[] {
  return callsOf('providers.aws.sign_req', [request, configuration, time], 2_000);
}
