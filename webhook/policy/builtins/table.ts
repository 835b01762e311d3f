import { aws } from './aws.ts';
import { casts } from './casts.ts';
import { crypto } from './crypto.ts';
import { encoding } from './encoding.ts';
import { glob } from './glob.ts';
import { graph } from './graph.ts';
import { json } from './json.ts';
import { jwt } from './jwt.ts';
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

/** OPA's results show the insides of the library that it reads GraphQL with, whose rules are in part its own. */
const noGraphql =
  "requests for admission carry no GraphQL, and only OPA's own library reads and validates it as OPA does";

/** Built-ins that a policy may not call, and why: the compiler refuses them by name with this reason. */
export const refused: Readonly<Record<string, string>> = {
  'http.send': 'a policy answers from its input alone; a request to elsewhere would make admission wait for it',
  'net.lookup_ip_addr': 'a policy answers from its input alone; the name server would make admission wait for it',
  'opa.runtime': 'it would show the environment and configuration of the webhook to the author of a policy',
  'rego.parse_module': 'the parser of Rego is part of the compiler, which is never asked while a request waits',
  'graphql.is_valid': noGraphql,
  'graphql.parse': noGraphql,
  'graphql.parse_and_verify': noGraphql,
  'graphql.parse_query': noGraphql,
  'graphql.parse_schema': noGraphql,
  'graphql.schema_is_valid': noGraphql,
};

const families: readonly Readonly<Record<string, Builtin>>[] = [
  aws,
  casts,
  crypto,
  encoding,
  glob,
  graph,
  json,
  jwt,
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
