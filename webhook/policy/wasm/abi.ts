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
  readonly opa_eval: (
    reserved: 0,
    entrypoint: number,
    data: number,
    input: number,
    inputBytes: number,
    heap: number,
    format: 0 | 1,
  ) => number;
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

/** `opa_eval` writes its result as a Rego term, so that a set is told from an array and no digit is lost. */
export const termFormat = 1;

export const pageBytes = 65_536;

const names = ['opa_malloc', 'opa_value_dump', 'opa_value_parse', 'opa_json_parse', 'opa_eval'] as const;

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
