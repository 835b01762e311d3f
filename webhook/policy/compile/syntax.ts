/** One rule's head, as far as it says what kind of rule it is. */
export interface RuleHead {
  readonly name: string;
  /**
   * `set`: `deny contains m`. `value`: `deny := {…}`, which may be a set. `boolean`: `deny if …`. `scalar`: one text or
   * number.
   */
  readonly shape: 'set' | 'value' | 'boolean' | 'scalar' | 'object' | 'function';
}

/** What is needed of one file's syntax tree. */
export interface FileSyntax {
  readonly name: string;
  /** `['shop', 'owner']`. */
  readonly package: readonly string[];
  readonly rules: readonly RuleHead[];
  /** A `# METADATA` block carries `schemas`, which would have OPA read what they refer to. */
  readonly hasSchemas: boolean;
}

/**
 * Reads what `opa parse -f json` prints of one file.
 *
 * @throws SyntaxError when the text is no JSON: OPA was asked for it, and ended well.
 */
export function readSyntax(name: string, printed: string): FileSyntax {
  const module = JSON.parse(printed) as Module;
  const annotations = [
    ...(module.annotations ?? []),
    ...(module.rules ?? []).flatMap((rule) => rule.annotations ?? []),
  ];
  return {
    name,
    package: module.package.path.slice(1).map(({ value }) => String(value)),
    rules: (module.rules ?? []).map(headOf),
    hasSchemas: annotations.some((annotation) => annotation.schemas !== undefined),
  };
}

/** The parts of OPA's `ast.Module` that are read here, written as JSON. */
interface Module {
  readonly package: { readonly path: readonly { readonly value: unknown }[] };
  readonly annotations?: readonly Annotation[];
  readonly rules?: readonly Rule[];
}

interface Annotation {
  readonly schemas?: unknown;
}

interface Rule {
  readonly annotations?: readonly Annotation[];
  readonly head: {
    readonly ref: readonly { readonly value: unknown }[];
    readonly key?: unknown;
    readonly value?: { readonly type: string };
    readonly args?: unknown;
  };
}

function headOf({ head }: Rule): RuleHead {
  const [first] = head.ref;
  return { name: typeof first?.value === 'string' ? first.value : '', shape: shapeOf(head) };
}

function shapeOf({ ref, key, value, args }: Rule['head']): RuleHead['shape'] {
  if (args !== undefined) return 'function';
  if (ref.length > 1) return 'object';
  if (key !== undefined) return value === undefined ? 'set' : 'object';
  if (value?.type === 'boolean') return 'boolean';
  return scalars.includes(value?.type ?? '') ? 'scalar' : 'value';
}

const scalars: readonly string[] = ['string', 'number', 'null'];
