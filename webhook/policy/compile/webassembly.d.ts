/** What is used here of the WebAssembly JavaScript interface (W3C); TypeScript declares it only for browsers. */
declare namespace WebAssembly {
  /** Compiles away from the main thread. Rejects with a `CompileError`. */
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<unknown>;
}
