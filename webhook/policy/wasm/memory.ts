import { pageBytes } from './abi.ts';

/** A module's memory, which may grow, and whose buffer is then another one. */
export class ModuleMemory {
  readonly memory: WebAssembly.Memory;
  #bytes: Buffer;
  #view: DataView;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.#bytes = Buffer.from(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  get bytes(): Buffer {
    this.#follow();
    return this.#bytes;
  }

  get view(): DataView {
    this.#follow();
    return this.#view;
  }

  /** @param maximumBytes beyond it the module cannot grow, and aborts. */
  static ofPages(minimumPages: number, maximumBytes: number): ModuleMemory {
    const maximum = Math.ceil(maximumBytes / pageBytes);
    return new ModuleMemory(new WebAssembly.Memory({ initial: minimumPages, maximum }));
  }

  /** As a new one is. */
  clear(): void {
    this.bytes.fill(0);
  }

  get sizeBytes(): number {
    return this.memory.buffer.byteLength;
  }

  write(address: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, address);
  }

  /** Writes a text as UTF-8; there is room for it. */
  writeText(address: number, text: string): void {
    this.bytes.write(text, address, 'utf8');
  }

  writeWords(addresses: readonly number[], word: number): void {
    const { view } = this;
    for (const address of addresses) view.setUint32(address, word, true);
  }

  /** Fills `bytes` with what begins at an address. */
  read(from: number, bytes: Uint8Array): void {
    bytes.set(this.bytes.subarray(from, from + bytes.length));
  }

  /** A text that ends with a zero byte, at most `limitBytes` of it; undefined when it is longer. */
  text(address: number, limitBytes: number): string | undefined {
    const { bytes } = this;
    const end = bytes.indexOf(0, address);
    if (end < 0 || end - address > limitBytes) return undefined;
    return bytes.toString('utf8', address, end);
  }

  /** A memory that grew has another buffer; the one that it had is empty then. */
  #follow(): void {
    if (this.#bytes.length > 0) return;
    this.#bytes = Buffer.from(this.memory.buffer);
    this.#view = new DataView(this.memory.buffer);
  }
}
