import { createHash, createHmac } from 'node:crypto';
import { RegoObject } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { marshal, toJson } from './json/convert.ts';
import { integerOperand, objectOperand } from './operands.ts';
import { momentOf, wallClock } from './time/clock.ts';
import { formatTime } from './time/format.ts';
import { utc } from './time/location.ts';
import { BuiltinError } from './types.ts';
import type { Builtin } from './types.ts';
import { fromBytes, toBytes } from './urls/escape.ts';
import type { Bytes } from './urls/escape.ts';
import { parseUrl } from './urls/parse.ts';
import { writePath } from './urls/write.ts';

/** What a request of `http.send` may have; so may one that is only signed. */
const requestKeys = [
  ...['method', 'url', 'body', 'enable_redirect', 'force_json_decode', 'force_yaml_decode', 'headers', 'raw_body'],
  ...['tls_use_system_certs', 'tls_ca_cert', 'tls_ca_cert_file', 'tls_ca_cert_env_variable', 'tls_client_cert'],
  ...['tls_client_cert_file', 'tls_client_cert_env_variable', 'tls_client_key', 'tls_client_key_file'],
  ...['tls_client_key_env_variable', 'tls_insecure_skip_verify', 'tls_server_name', 'timeout', 'cache', 'force_cache'],
  ...['force_cache_duration_seconds', 'raise_error', 'caching_mode', 'max_retry_attempts', 'cache_ignored_headers'],
];

interface Configuration {
  readonly service: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  readonly sessionToken: string;
  readonly isPayloadSigned: boolean;
}

function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

function requiredText(object: RegoObject, name: string): string {
  const value = object.get(name);
  if (typeof value !== 'string') throw new BuiltinError(`missing or invalid parameter ${name}`);
  return value;
}

function readConfiguration(object: RegoObject): Configuration {
  const isDisabled = object.get('disable_payload_signing') ?? false;
  const configuration = {
    service: requiredText(object, 'aws_service'),
    accessKey: requiredText(object, 'aws_access_key'),
    secretKey: requiredText(object, 'aws_secret_access_key'),
    region: requiredText(object, 'aws_region'),
    sessionToken: textOf(object.get('aws_session_token')),
  };
  if (typeof isDisabled !== 'boolean')
    throw new BuiltinError("invalid value for 'disable_payload_signing' in AWS config");
  return { ...configuration, isPayloadSigned: !isDisabled };
}

/** A raw body as it is, another one as JSON. */
function bodyOf(request: RegoObject): string {
  const [raw, body] = [request.get('raw_body'), request.get('body')];
  if (raw !== undefined) return textOf(raw);
  return body === undefined ? '' : marshal(toJson(body));
}

function headersOf(request: RegoObject): ReadonlyMap<string, string> {
  const headers = request.get('headers') ?? new RegoObject([]);
  if (!(headers instanceof RegoObject)) throw new BuiltinError('headers must be an object');
  return new Map(headers.entries.map(([name, value]) => [textOf(name), textOf(value)]));
}

/** Headers that proxies change, and the signature itself. */
const unsignedHeaders = ['authorization', 'user-agent', 'x-amzn-trace-id'];

/** The services that want the hash of the payload in a header of its own. */
const hashedServices = ['s3', 'glacier'];

/**
 * Adds an AWS signature of version 4 to the headers of a request
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). All texts are bytes.
 */
function signedHeaders(request: RegoObject, configuration: Configuration, nanoseconds: bigint): RegoObject {
  const url = parseUrl(toBytes(requiredText(request, 'url')));
  const time = wallClock(momentOf(nanoseconds), utc);
  const [date, timestamp] = ['20060102', '20060102T150405Z'].map((layout) => formatTime(time, layout)) as [
    string,
    string,
  ];
  const payloadHash = configuration.isPayloadSigned ? sha256(toBytes(bodyOf(request))) : 'UNSIGNED-PAYLOAD';
  const { service, region, sessionToken } = configuration;
  const added = new Map([
    ['host', url.host],
    ['x-amz-date', timestamp],
    ...(hashedServices.includes(service) ? [['x-amz-content-sha256', payloadHash] as const] : []),
    ...(sessionToken === '' ? [] : [['x-amz-security-token', toBytes(sessionToken)] as const]),
  ]);
  const own = headersOf(request);
  const signed = new Map(added);
  for (const [name, value] of own) {
    const lower = name.toLowerCase();
    if (!unsignedHeaders.includes(lower)) signed.set(toBytes(lower), toBytes(value));
  }
  const names = [...signed.keys()].sort();
  const canonical = [
    ...[toBytes(requiredText(request, 'method')), writePath(url), url.rawQuery],
    ...names.map((name) => `${name}:${signed.get(name) ?? ''}`),
    ...['', names.join(';'), payloadHash],
  ].join('\n');
  const scope = [date, toBytes(region), toBytes(service), 'aws4_request'];
  const text = ['AWS4-HMAC-SHA256', timestamp, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce(mac, Buffer.from(`AWS4${configuration.secretKey}`));
  const credential = [toBytes(configuration.accessKey), ...scope].join('/');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${names.join(';')},Signature=${mac(key, text).toString('hex')}`;
  const written = [...added].map(([name, value]) => [name, fromBytes(value)] as const);
  return new RegoObject([...own, ['Authorization', fromBytes(authorization)], ...written]);
}

function sha256(bytes: Bytes): string {
  return createHash('sha256').update(bytes, 'latin1').digest('hex');
}

function mac(key: Buffer, bytes: Bytes): Buffer {
  return createHmac('sha256', key).update(bytes, 'latin1').digest();
}

/** The family `providers.aws` (https://www.openpolicyagent.org/docs/policy-reference/builtins/providers-aws). */
export const aws: Readonly<Record<string, Builtin>> = {
  'providers.aws.sign_req': (args) => {
    const [request, configuration] = [objectOperand(args, 1), objectOperand(args, 2)];
    const unknown = request.entries.find(([name]) => typeof name !== 'string' || !requestKeys.includes(name));
    if (unknown !== undefined) throw new BuiltinError('invalid request parameters');
    const headers = signedHeaders(request, readConfiguration(configuration), integerOperand(args, 3));
    return new RegoObject([...request.entries, ['headers', headers]]);
  },
};
