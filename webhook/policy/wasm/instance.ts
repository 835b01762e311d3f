import type { Builtin, BuiltinContext } from '../builtins/types.ts';
import { corrected } from '../builtins/corrected.ts';
import { BuiltinError } from '../builtins/types.ts';
import { writeTerm } from '../value/text.ts';
import { isArray, RegoObject, RegoSet } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { blockHeaderBytes, exportsOf, pageBytes } from './abi.ts';
import type { ModuleExports, ModuleImports } from './abi.ts';
import type { Input, Parsed } from './input.ts';
import { ModuleMemory } from './memory.ts';
import { Order } from './order.ts';
import type { Sorted } from './order.ts';
import { Reader, TooLarge } from './reader.ts';
import { correctedIds, orderId } from './runtime.ts';

export interface InstanceLimits {
  /** Of one instance's memory: its data, the input, and all that it makes of them. */
  readonly memoryBytes: number;
  /** Of a result's text, and of what a built-in hands over. */
  readonly resultBytes: number;
}

export interface InstanceOptions {
  readonly module: WebAssembly.Module;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly limits: InstanceLimits;
  /** Of an instance with the same limits that answers no more: to have one made takes longer than to clear it. */
  readonly memory?: WebAssembly.Memory;
}

/** What an evaluation came to. `undefined` stands for an undefined result. */
export type Result =
  | { readonly outcome: 'evaluated'; readonly value: Value | undefined }
  | {
      readonly outcome: 'failed';
      readonly code: 'PolicyMemory' | 'PolicyOutput' | 'PolicyBroken';
      readonly message: string;
    };

/** One instance of a compiled policy. It answers one query at a time, and forgets all of it afterwards. */
export interface PolicyInstance {
  readonly entrypoints: ReadonlyMap<string, number>;
  readonly memoryBytes: number;
  /** For another instance, once this one answers no more. */
  readonly memory: WebAssembly.Memory;
  /** Replaces `data` by a JSON text; false when it does not fit. Without a call `data` is empty. */
  setData(json: Uint8Array): boolean;
  /** Evaluates for an input; `parameters`, as JSON text, are put into it as what they are called. */
  evaluate(entrypoint: string, input: Input, context: BuiltinContext, parameters?: string): Result;
}

/** Why a module cannot be driven; it was made by another compiler, or is damaged. */
export class ModuleError extends Error {}

/** What `opa_abort` says; the module is of no use afterwards. */
class Abort extends Error {}

const abortBytes = 4_096;
const tableBytes = 1 << 20;
/** Pages that a module of OPA's wants to begin with; one with more data of its own is given more. */
const minimumPages = 5;
/** A memory that is nearer to its limit than this could not grow. */
const slackBytes = 65_536;
const noContext: BuiltinContext = { nowNanoseconds: 0n, random: () => 0, cache: new Map() };

/**
 * Makes an instance of a module that OPA compiled (https://www.openpolicyagent.org/docs/wasm).
 *
 * Values are read where they are, and come back from built-ins as Rego terms (`opa_value_parse`), never as JSON, which has
 * no sets. The heap is set back after each evaluation, so that nothing of one request is left for the next.
 *
 * @throws ModuleError when the module is none of OPA's, or asks for a built-in that is not there.
 */
export function createInstance({ module, builtins, limits, memory: used }: InstanceOptions): PolicyInstance {
  let context = noContext;
  let answerers: ReadonlyMap<number, Builtin> = new Map();

  const write = (bytes: Uint8Array): number => {
    const address = exports.opa_malloc(bytes.length);
    memory.write(address, bytes);
    return address;
  };
  const put = (text: string): number => {
    const length = Buffer.byteLength(text);
    const address = exports.opa_malloc(length);
    memory.writeText(address, text);
    return exports.opa_value_parse(address, length);
  };
  const call = (id: number, addresses: readonly number[]): number => {
    const builtin = answerers.get(id);
    if (builtin === undefined) throw new Abort(`built-in ${id} is unknown`);
    const args = addresses.map((address) => reader.valueOf(address, limits.resultBytes));
    try {
      const result = builtin(args, context);
      return result === undefined ? 0 : put(writeTerm(result));
    } catch (error) {
      // Without strict mode an error of a built-in is an undefined result (OPA, "Built-in errors").
      if (error instanceof BuiltinError) return 0;
      throw error;
    }
  };
  const { memory, exports } = instantiate(module, limits.memoryBytes, used, {
    opa_abort: (message) => {
      throw new Abort(memory.text(message, abortBytes) ?? 'aborted');
    },
    opa_println: () => undefined,
    opa_builtin0: (id) => call(id, []),
    opa_builtin1: (id, _, a) => call(id, [a]),
    opa_builtin2: (id, _, a, b) => (id === orderId ? order.next(a, b) : call(id, [a, b])),
    opa_builtin3: (id, _, a, b, c) => call(id, [a, b, c]),
    opa_builtin4: (id, _, a, b, c, d) => call(id, [a, b, c, d]),
  });

  const reader = new Reader(memory);
  const order = new Order(reader);

  const table = (address: number): ReadonlyMap<string, number> => {
    const value: unknown = JSON.parse(memory.text(exports.opa_value_dump(address), tableBytes) ?? '{}');
    return new Map(Object.entries(value as Readonly<Record<string, number>>));
  };
  const entrypoints = table(exports.entrypoints());
  const wanted = table(exports.builtins());
  const missing = [...wanted.keys()].filter((name) => !builtins.has(name));
  if (missing.length > 0) throw new ModuleError(`built-ins that Remora does not have: ${missing.join(', ')}`);
  answerers = new Map(
    [
      ...[...wanted].map(([name, id]) => [id, builtins.get(name)] as const),
      ...[...correctedIds].map(([id, name]) => [id, corrected[name]] as const),
    ].filter((entry): entry is readonly [number, Builtin] => entry[1] !== undefined),
  );

  const booleans = [put('false'), put('true')] as const;
  /** Where the heap begins once nothing but the module's own data is on it. */
  const bottom = exports.opa_heap_ptr_get();
  let data = put('{}');
  let heap = exports.opa_heap_ptr_get();

  /** Whether a fault of the module means that it could not have more memory. */
  const isOutOfMemory = (error: unknown): boolean =>
    memory.sizeBytes >= limits.memoryBytes - slackBytes ||
    (error instanceof Abort && /memory|opa_malloc/i.test(error.message));

  const failure = (error: unknown): Result => {
    if (error instanceof TooLarge) {
      const message = `its result, or what it gives to a built-in, is larger than ${limits.resultBytes} bytes`;
      return { outcome: 'failed', code: 'PolicyOutput', message };
    }
    if (isOutOfMemory(error)) {
      return { outcome: 'failed', code: 'PolicyMemory', message: `needs more than ${limits.memoryBytes} bytes` };
    }
    if (error instanceof Abort || error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
      return { outcome: 'failed', code: 'PolicyBroken', message: error.message };
    }
    throw error;
  };

  /** Has the input at the next page after what stays, and the heap end behind it. */
  const place = (input: Input): Parsed => {
    const from = Math.ceil(heap / pageBytes) * pageBytes;
    exports.opa_heap_ptr_set(from);
    const known = input.parsed.get(from);
    if (known !== undefined) {
      // Only its own allocator may have the memory grow. Its first block begins where the heap does.
      exports.opa_malloc(known.bytes.length - blockHeaderBytes);
      memory.write(from, known.bytes);
      for (const [at, addresses] of known.booleans.entries()) memory.writeWords(addresses, booleans[at] ?? 0);
      return known;
    }
    const sizeBytes = input.text.reduce((sum, { length }) => sum + length, 0);
    const text = exports.opa_malloc(sizeBytes);
    let at = text;
    for (const piece of input.text) {
      memory.write(at, piece);
      at += piece.length;
    }
    const value = exports.opa_value_parse(text, sizeBytes);
    const path = put('["parameters"]');
    const to = exports.opa_heap_ptr_get();
    // What was freed on the way is nothing that others could use.
    exports.opa_heap_ptr_set(to);
    const bytes = input.room(from, to - from);
    memory.read(from, bytes);
    const out = value === 0 ? [] : reader.pointersOut(value, from, to);
    const [no, yes] = booleans.map((boolean) => out.filter((at) => reader.word(at) === boolean)) as [
      number[],
      number[],
    ];
    const parsed: Parsed = { from, bytes, value, booleans: [no, yes], path, sorted: new Map<number, Sorted>() };
    // Whatever else it refers to no other module has.
    if (no.length + yes.length === out.length) input.parsed.set(from, parsed);
    return parsed;
  };

  return {
    entrypoints,
    memory: memory.memory,
    get memoryBytes() {
      return memory.sizeBytes;
    },
    setData: (json) => {
      exports.opa_heap_ptr_set(bottom);
      try {
        data = exports.opa_json_parse(write(json), json.length);
        heap = exports.opa_heap_ptr_get();
        return data !== 0;
      } catch (error) {
        failure(error);
        return false;
      }
    },
    evaluate: (entrypoint, input, of, parameters) => {
      const id = entrypoints.get(entrypoint);
      if (id === undefined) {
        return { outcome: 'failed', code: 'PolicyBroken', message: `the module has no entrypoint ${entrypoint}` };
      }
      context = of;
      try {
        const parsed = place(input);
        order.begin(parsed);
        if (parsed.value === 0) return { outcome: 'failed', code: 'PolicyBroken', message: 'its input is not JSON' };
        if (parameters !== undefined) exports.opa_value_add_path(parsed.value, parsed.path, put(parameters));
        const evaluation = exports.opa_eval_ctx_new();
        exports.opa_eval_ctx_set_input(evaluation, parsed.value);
        exports.opa_eval_ctx_set_data(evaluation, data);
        exports.opa_eval_ctx_set_entrypoint(evaluation, id);
        if (exports.eval(evaluation) !== 0) throw new Abort('eval failed');
        const bindings = reader.valueOf(exports.opa_eval_ctx_get_result(evaluation), limits.resultBytes);
        return { outcome: 'evaluated', value: resultOf(bindings) };
      } catch (error) {
        return failure(error);
      } finally {
        context = noContext;
      }
    },
  };
}

/** Makes a memory that is large enough for what the module begins with, which only linking tells. */
function instantiate(
  module: WebAssembly.Module,
  maximumBytes: number,
  used: WebAssembly.Memory | undefined,
  imports: Omit<ModuleImports, 'memory'>,
): { readonly memory: ModuleMemory; readonly exports: ModuleExports } {
  let next = used === undefined ? undefined : new ModuleMemory(used);
  next?.clear();
  for (let pages = minimumPages; ; pages *= 2) {
    const memory = next ?? ModuleMemory.ofPages(pages, maximumBytes);
    next = undefined;
    try {
      const instance = new WebAssembly.Instance(module, { env: { ...imports, memory: memory.memory } });
      const exports = exportsOf(instance);
      if (exports === undefined) throw new ModuleError('the module does not export what OPA 1.x exports');
      return { memory, exports };
    } catch (error) {
      // What asks for another module than `env` is a TypeError (WebAssembly JavaScript Interface, "read the imports").
      if (!(error instanceof WebAssembly.LinkError || error instanceof TypeError)) throw error;
      const isTooSmall = error instanceof WebAssembly.LinkError && /memory/.test(error.message);
      if (!isTooSmall || pages * 2 * pageBytes > maximumBytes) throw new ModuleError(error.message);
    }
  }
}

/** `opa_eval` gives a set of bindings, `{{"result": …}}`; none where the rule is undefined. */
function resultOf(bindings: Value): Value | undefined {
  const [binding] = bindings instanceof RegoSet ? bindings.values : isArray(bindings) ? bindings : [];
  return binding instanceof RegoObject ? binding.get('result') : undefined;
}
