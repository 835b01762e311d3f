/** Functions that a module of OPA's exports (https://www.openpolicyagent.org/docs/wasm#exports, ABI 1.2 and later). */
export interface ModuleExports {
  readonly opa_wasm_abi_version: WebAssembly.Global;
  readonly opa_wasm_abi_minor_version: WebAssembly.Global;
  /** Address of a JSON text: built-ins that the host answers, by name, each with its number. */
  readonly builtins: () => number;
  /** Address of a JSON text: entrypoints by name, each with its number. */
  readonly entrypoints: () => number;
  readonly opa_malloc: (sizeBytes: number) => number;
  /** Text of a value as a Rego term; sets stay sets. */
  readonly opa_value_dump: (value: number) => number;
  /** The other way; 0 when the text is none. */
  readonly opa_value_parse: (text: number, sizeBytes: number) => number;
  readonly opa_json_parse: (text: number, sizeBytes: number) => number;
  readonly opa_heap_ptr_get: () => number;
  readonly opa_heap_ptr_set: (address: number) => void;
  /** Puts a value into an object, at a path that is an array of texts; 0 when it could. */
  readonly opa_value_add_path: (object: number, path: number, value: number) => number;
  readonly opa_eval_ctx_new: () => number;
  readonly opa_eval_ctx_set_input: (context: number, input: number) => void;
  readonly opa_eval_ctx_set_data: (context: number, data: number) => void;
  readonly opa_eval_ctx_set_entrypoint: (context: number, entrypoint: number) => void;
  /** 0 when it came to its end. */
  readonly eval: (context: number) => number;
  readonly opa_eval_ctx_get_result: (context: number) => number;
}

/** Functions that the module calls. `context` is of no use to a host. */
export interface ModuleImports {
  readonly memory: WebAssembly.Memory;
  readonly opa_abort: (message: number) => never;
  readonly opa_println: (message: number) => void;
  readonly opa_builtin0: (id: number, context: number) => number;
  readonly opa_builtin1: (id: number, context: number, a: number) => number;
  readonly opa_builtin2: (id: number, context: number, a: number, b: number) => number;
  readonly opa_builtin3: (id: number, context: number, a: number, b: number, c: number) => number;
  readonly opa_builtin4: (id: number, context: number, a: number, b: number, c: number, d: number) => number;
}

export const pageBytes = 65_536;

/** What OPA's allocator puts before each block (its wasm/src/malloc.c, `heap_block`). */
export const blockHeaderBytes = 12;

const names = [
  'opa_malloc',
  'opa_value_dump',
  'opa_value_parse',
  'opa_json_parse',
  'opa_value_add_path',
  'opa_eval_ctx_new',
  'eval',
] as const;

/** The exports of an instance, when they are those of a module of OPA's that this host can drive. */
export function exportsOf(instance: WebAssembly.Instance): ModuleExports | undefined {
  const { exports } = instance;
  const isComplete = names.every((name) => typeof exports[name] === 'function');
  // What was checked is what stands above: the module was made by the compiler of this image.
  const found = exports as unknown as ModuleExports;
  return isComplete && found.opa_wasm_abi_version.value === 1 && found.opa_wasm_abi_minor_version.value >= 2
    ? found
    : undefined;
}
