import type { RegoObject, Value } from '../value/value.ts';
import { marshal, toJson } from './json/convert.ts';
import type { Layout } from './json/convert.ts';
import { applyPatch } from './json/patch.ts';
import { arrayOperand, objectOperand } from './operands.ts';
import type { Builtin } from './types.ts';
import { BuiltinError } from './types.ts';

const marshalWithOptions: Builtin = (args) => {
  const json = toJson(args[0] ?? null);
  const layout = readLayout(objectOperand(args, 2));
  return layout === undefined ? marshal(json) : layout.prefix + marshal(json, layout);
};

/** Naming a prefix or an indent asks for several lines, unless `pretty` says otherwise. */
function readLayout(options: RegoObject): Layout | undefined {
  let [prefix, indent, isPretty] = ['', '\t', undefined as boolean | undefined];
  for (const [key, value] of options.entries) {
    if (key === 'prefix' && typeof value === 'string') prefix = value;
    else if (key === 'indent' && typeof value === 'string') indent = value;
    else if (key === 'pretty' && typeof value === 'boolean') isPretty = value;
    else throw new BuiltinError('operand 2 has an unknown key or a value of the wrong type');
  }
  const isAsked = isPretty ?? (options.get('prefix') ?? options.get('indent')) !== undefined;
  return isAsked ? { prefix, indent } : undefined;
}

const patch: Builtin = (args) => {
  const operations: readonly Value[] = arrayOperand(args, 2);
  return applyPatch(args[0] ?? null, operations);
};

/** https://www.openpolicyagent.org/docs/policy-reference/builtins/encoding and …/builtins/object */
export const json: Readonly<Record<string, Builtin>> = {
  'json.marshal_with_options': marshalWithOptions,
  'json.patch': patch,
};
