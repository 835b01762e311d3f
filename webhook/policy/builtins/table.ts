import { casts } from './casts.ts';
import { crypto } from './crypto.ts';
import { encoding } from './encoding.ts';
import { glob } from './glob.ts';
import { graph } from './graph.ts';
import { json } from './json.ts';
import { net } from './net.ts';
import { numbers } from './numbers.ts';
import { objects } from './objects.ts';
import { rand } from './rand.ts';
import { regex } from './regex.ts';
import { semver } from './semver.ts';
import { strings } from './strings.ts';
import { time } from './time.ts';
import { trace } from './trace.ts';
import { units } from './units.ts';
import { urls } from './urls.ts';
import { uuid } from './uuid.ts';
import { yaml } from './yaml.ts';
import type { Builtin } from './types.ts';

/** Built-ins that a policy may not call, and why: the compiler refuses them by name with this reason. */
export const refused: Readonly<Record<string, string>> = {
  'http.send': 'a policy answers from its input alone; a request to elsewhere would make admission wait for it',
  'net.lookup_ip_addr': 'a policy answers from its input alone; the name server would make admission wait for it',
  'opa.runtime': 'it would show the environment and configuration of the webhook to the author of a policy',
  'rego.parse_module': 'the parser of Rego is part of the compiler, which is never asked while a request waits',
};

/** The built-ins that the host answers, by the file of their family. Each file exports a record of its name. */
export const hosted = {
  casts: ['cast_array', 'cast_boolean', 'cast_null', 'cast_object', 'cast_set', 'cast_string'],
  encoding: ['base64url.encode_no_pad', 'hex.decode', 'hex.encode'],
  urls: [
    'uri.is_valid',
    'uri.parse',
    'urlquery.decode',
    'urlquery.decode_object',
    'urlquery.encode',
    'urlquery.encode_object',
  ],
  glob: ['glob.quote_meta'],
  graph: ['graph.reachable_paths'],
  json: ['json.marshal_with_options', 'json.match_schema', 'json.patch', 'json.verify_schema'],
  numbers: ['numbers.range_step'],
  objects: ['object.subset'],
  regex: ['regex.find_n', 'regex.globs_match', 'regex.replace', 'regex.split', 'regex.template_match'],
  strings: [
    'indexof_n',
    'sprintf',
    'strings.any_prefix_match',
    'strings.any_suffix_match',
    'strings.count',
    'strings.render_template',
    'strings.split_n',
  ],
  trace: ['trace'],
  yaml: ['yaml.is_valid', 'yaml.marshal', 'yaml.unmarshal'],
  aws: ['providers.aws.sign_req'],
  crypto: [
    'crypto.hmac.equal',
    'crypto.hmac.md5',
    'crypto.hmac.sha1',
    'crypto.hmac.sha256',
    'crypto.hmac.sha512',
    'crypto.md5',
    'crypto.parse_private_keys',
    'crypto.sha1',
    'crypto.sha256',
    'crypto.x509.parse_and_verify_certificates',
    'crypto.x509.parse_and_verify_certificates_with_options',
    'crypto.x509.parse_certificate_request',
    'crypto.x509.parse_certificates',
    'crypto.x509.parse_keypair',
    'crypto.x509.parse_rsa_private_key',
  ],
  graphql: [
    'graphql.is_valid',
    'graphql.parse',
    'graphql.parse_and_verify',
    'graphql.parse_query',
    'graphql.parse_schema',
    'graphql.schema_is_valid',
  ],
  jwt: [
    'io.jwt.decode',
    'io.jwt.decode_verify',
    'io.jwt.encode_sign',
    'io.jwt.encode_sign_raw',
    'io.jwt.verify_eddsa',
    'io.jwt.verify_es256',
    'io.jwt.verify_es384',
    'io.jwt.verify_es512',
    'io.jwt.verify_hs256',
    'io.jwt.verify_hs384',
    'io.jwt.verify_hs512',
    'io.jwt.verify_ps256',
    'io.jwt.verify_ps384',
    'io.jwt.verify_ps512',
    'io.jwt.verify_rs256',
    'io.jwt.verify_rs384',
    'io.jwt.verify_rs512',
  ],
  net: ['net.cidr_contains_matches', 'net.cidr_expand', 'net.cidr_is_valid', 'net.cidr_merge'],
  rand: ['rand.intn'],
  semver: ['semver.compare', 'semver.is_valid'],
  time: [
    'time.add_date',
    'time.clock',
    'time.date',
    'time.diff',
    'time.format',
    'time.now_ns',
    'time.parse_duration_ns',
    'time.parse_ns',
    'time.parse_rfc3339_ns',
    'time.weekday',
  ],
  units: ['units.parse', 'units.parse_bytes'],
  uuid: ['uuid.parse', 'uuid.rfc4122'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The built-ins that the host answers: name to implementation. */
export const builtins: Readonly<Record<string, Builtin>> = {
  ...casts,
  ...encoding,
  ...urls,
  ...glob,
  ...graph,
  ...json,
  ...numbers,
  ...objects,
  ...regex,
  ...strings,
  ...trace,
  ...yaml,
  ...crypto,
  ...net,
  ...rand,
  ...semver,
  ...time,
  ...units,
  ...uuid,
};
