import { types } from './reader.ts';
import type { Condition, Patch } from './patch.ts';

/** The number under which a module asks for the next member of a set or an object. OPA counts its own from 0. */
export const orderId = 1_000_000;

interface Correction {
  readonly builtin: string;
  readonly name: string;
  readonly parameters: Patch['parameters'];
  /** Where the function is right, it is left alone: to ask the host takes time and memory. */
  readonly when: Condition | undefined;
}

/** An empty text, as its second argument. */
const isEmpty: Condition = { argument: 1, field: 'length', from: 0, to: 0 };
const isSet: Condition = { argument: 1, field: 'type', from: types.set, to: types.set };

/** Functions of OPA's runtime that answer otherwise than OPA does, by the built-in that the host answers instead. */
const corrections: readonly Correction[] = [
  { builtin: 'json.marshal', name: 'opa_json_marshal', parameters: 1, when: undefined },
  { builtin: 'concat', name: 'opa_strings_concat', parameters: 2, when: isSet },
  { builtin: 'indexof', name: 'opa_strings_indexof', parameters: 2, when: isEmpty },
  { builtin: 'replace', name: 'opa_strings_replace', parameters: 3, when: isEmpty },
  {
    builtin: 'regex.find_all_string_submatch_n',
    name: 'opa_regex_find_all_string_submatch',
    parameters: 3,
    when: undefined,
  },
  { builtin: 'regex.match', name: 'opa_regex_match', parameters: 2, when: undefined },
  { builtin: 'to_number', name: 'opa_to_number', parameters: 1, when: undefined },
];

/** Built-ins by the number under which a patched module asks for them. */
export const correctedIds: ReadonlyMap<number, string> = new Map(
  corrections.map(({ builtin }, at) => [orderId + 1 + at, builtin]),
);

const isCollection: Condition = { argument: 0, field: 'type', from: types.object, to: types.set };

/** What is changed in every module, so that it answers as OPA does. */
export const patches: readonly Patch[] = [
  { name: 'opa_value_iter', id: orderId, parameters: 2, when: isCollection },
  ...corrections.map(({ name, parameters, when }, at) => ({ name, id: orderId + 1 + at, parameters, when })),
];
