import { casts } from './casts.ts';
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
import type { Builtin } from './types.ts';
import { BuiltinError } from './types.ts';
import { units } from './units.ts';
import { urls } from './urls.ts';
import { uuid } from './uuid.ts';
import { yaml } from './yaml.ts';

const unbuilt = 'Remora does not have it yet';

/** Built-ins that a policy may not call, and why: the compiler refuses them by name with this reason. */
export const refused: Readonly<Record<string, string>> = {
  'http.send': 'a policy answers from its input alone; a request to elsewhere would make admission wait for it',
  'net.lookup_ip_addr': 'a policy answers from its input alone; the name server would make admission wait for it',
  'opa.runtime': 'it would show the environment and configuration of the webhook to the author of a policy',
  'rego.parse_module': 'the parser of Rego is part of the compiler, which is never asked while a request waits',
  'crypto.hmac.equal': unbuilt,
  'crypto.hmac.md5': unbuilt,
  'crypto.hmac.sha1': unbuilt,
  'crypto.hmac.sha256': unbuilt,
  'crypto.hmac.sha512': unbuilt,
  'crypto.md5': unbuilt,
  'crypto.parse_private_keys': unbuilt,
  'crypto.sha1': unbuilt,
  'crypto.sha256': unbuilt,
  'crypto.x509.parse_and_verify_certificates': unbuilt,
  'crypto.x509.parse_and_verify_certificates_with_options': unbuilt,
  'crypto.x509.parse_certificate_request': unbuilt,
  'crypto.x509.parse_certificates': unbuilt,
  'crypto.x509.parse_keypair': unbuilt,
  'crypto.x509.parse_rsa_private_key': unbuilt,
  'graphql.is_valid': unbuilt,
  'graphql.parse': unbuilt,
  'graphql.parse_and_verify': unbuilt,
  'graphql.parse_query': unbuilt,
  'graphql.parse_schema': unbuilt,
  'graphql.schema_is_valid': unbuilt,
  'io.jwt.decode': unbuilt,
  'io.jwt.decode_verify': unbuilt,
  'io.jwt.encode_sign': unbuilt,
  'io.jwt.encode_sign_raw': unbuilt,
  'io.jwt.verify_eddsa': unbuilt,
  'io.jwt.verify_es256': unbuilt,
  'io.jwt.verify_es384': unbuilt,
  'io.jwt.verify_es512': unbuilt,
  'io.jwt.verify_hs256': unbuilt,
  'io.jwt.verify_hs384': unbuilt,
  'io.jwt.verify_hs512': unbuilt,
  'io.jwt.verify_ps256': unbuilt,
  'io.jwt.verify_ps384': unbuilt,
  'io.jwt.verify_ps512': unbuilt,
  'io.jwt.verify_rs256': unbuilt,
  'io.jwt.verify_rs384': unbuilt,
  'io.jwt.verify_rs512': unbuilt,
  'providers.aws.sign_req': unbuilt,
};

const families: readonly Readonly<Record<string, Builtin>>[] = [
  casts,
  encoding,
  glob,
  graph,
  json,
  net,
  numbers,
  objects,
  rand,
  regex,
  semver,
  strings,
  time,
  trace,
  units,
  urls,
  uuid,
  yaml,
];

/** The built-ins that the host answers: name to implementation. */
export const builtins: Readonly<Record<string, Builtin>> = Object.fromEntries(
  families.flatMap((family) => Object.entries(family).map(([name, builtin]) => [name, bounded(builtin)])),
);

/**
 * What is nested too deep for the stack, or too long for a string, is an error of the call: who wrote the input of a
 * policy must not be able to break the policy.
 */
function bounded(builtin: Builtin): Builtin {
  return (args, context) => {
    try {
      return builtin(args, context);
    } catch (error) {
      if (error instanceof RangeError) throw new BuiltinError(error.message, { cause: error });
      throw error;
    }
  };
}
