import { pageBytes } from './abi.ts';

const decoder = new TextDecoder();

/** A module's memory, which may grow, and whose buffer is then another one. */
export class ModuleMemory {
  readonly memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
  }

  /** @param maximumBytes beyond it the module cannot grow, and aborts. */
  static ofPages(minimumPages: number, maximumBytes: number): ModuleMemory {
    const maximum = Math.ceil(maximumBytes / pageBytes);
    return new ModuleMemory(new WebAssembly.Memory({ initial: minimumPages, maximum }));
  }

  /** As a new one is. */
  clear(): void {
    new Uint8Array(this.memory.buffer).fill(0);
  }

  get sizeBytes(): number {
    return this.memory.buffer.byteLength;
  }

  write(address: number, bytes: Uint8Array): void {
    new Uint8Array(this.memory.buffer).set(bytes, address);
  }

  copy(from: number, to: number): Uint8Array {
    return new Uint8Array(this.memory.buffer).slice(from, to);
  }

  /** A text that ends with a zero byte, at most `limitBytes` of it; undefined when it is longer. */
  text(address: number, limitBytes: number): string | undefined {
    const bytes = new Uint8Array(this.memory.buffer);
    const end = bytes.indexOf(0, address);
    if (end < 0 || end - address > limitBytes) return undefined;
    return decoder.decode(bytes.subarray(address, end));
  }
}
