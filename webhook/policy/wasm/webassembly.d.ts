/**
 * What Remora uses of the WebAssembly JavaScript interface (https://www.w3.org/TR/wasm-js-api-2/). TypeScript has it only
 * together with the whole of a browser's window, which is not there in Node.
 */
declare namespace WebAssembly {
  interface Module {
    /** Keeps other objects from passing for a module. */
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }

  const Module: {
    /** @throws CompileError when the bytes are no module. */
    new (bytes: Uint8Array<ArrayBuffer>): Module;
  };

  class Instance {
    /** @throws LinkError when the imports are not those of the module. */
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }

  class Memory {
    /** Sizes in pages of 64 KiB. */
    constructor(descriptor: { readonly initial: number; readonly maximum: number });
    readonly buffer: ArrayBuffer;
    /** @throws RangeError beyond the maximum. */
    grow(pages: number): number;
  }

  interface Global {
    readonly value: number;
  }

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
}
