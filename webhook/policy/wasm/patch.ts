/** A function of OPA's runtime, within every module, whose work the host is to do instead. */
export interface Patch {
  /** As the module's name section has it: `opa_value_iter`. */
  readonly name: string;
  /** What the host is called with, as the number of a built-in. */
  readonly id: number;
  readonly parameters: 1 | 2 | 3;
  /** The host is asked only when this holds of an argument; undefined for always. */
  readonly when: Condition | undefined;
}

/** What of a value of OPA's runtime (its wasm/src/value.h) is looked at: its type, or of a text its length in bytes. */
export interface Condition {
  readonly argument: number;
  readonly field: 'type' | 'length';
  readonly from: number;
  readonly to: number;
}

/** The patched module, or what of it is not as every module of OPA's is. */
export type Patched =
  | { readonly outcome: 'patched'; readonly wasm: Uint8Array<ArrayBuffer> }
  | { readonly outcome: 'unknown'; readonly message: string };

const sectionIds = { custom: 0, import: 2, code: 10 } as const;
const functionImport = 0;

const op = {
  if: 0x04,
  end: 0x0b,
  return: 0x0f,
  call: 0x10,
  localGet: 0x20,
  loadWord: 0x28,
  loadByte: 0x2d,
  constant: 0x41,
  lessUnsigned: 0x49,
  subtract: 0x6b,
  /** Block type of a block without a result. */
  empty: 0x40,
} as const;

/**
 * Has functions of a compiled module call the host first (https://webassembly.github.io/spec/core/binary/). Nothing
 * else of the module changes. A function that the module does not have is left out: OPA drops what a policy does not use.
 */
export function patchModule(wasm: Uint8Array, patches: readonly Patch[]): Patched {
  const sections = readSections(wasm);
  const imports = sections.find(({ id }) => id === sectionIds.import);
  const code = sections.find(({ id }) => id === sectionIds.code);
  const names = sections.map((section) => readFunctionNames(wasm, section)).find((found) => found !== undefined);
  if (imports === undefined || code === undefined || names === undefined) {
    return { outcome: 'unknown', message: 'the module has no imports, no code or no names' };
  }
  const imported = readImportedFunctions(wasm, imports);
  const prologues = new Map<number, Uint8Array>();
  for (const patch of patches) {
    const index = names.get(patch.name);
    if (index === undefined) continue;
    const host = imported.indexOf(`opa_builtin${patch.parameters}`);
    if (host < 0) return { outcome: 'unknown', message: `the module does not import opa_builtin${patch.parameters}` };
    prologues.set(index - imported.length, prologueOf(patch, host));
  }
  const patched = withPrologues(wasm, code, prologues);
  return {
    outcome: 'patched',
    wasm: joined([wasm.subarray(0, code.headAt), section(sectionIds.code, patched), wasm.subarray(code.to)]),
  };
}

/** Instructions that ask the host and return what it says, before those that were there. */
function prologueOf({ id, parameters, when }: Patch, host: number): Uint8Array {
  const locals = Array.from({ length: parameters }, (_, at) => [op.localGet, at]).flat();
  const asks = [op.constant, ...signed(id), op.constant, 0, ...locals, op.call, ...unsigned(host), op.return];
  if (when === undefined) return Uint8Array.from(asks);
  const { argument, field, from, to } = when;
  // A load names its alignment, as a power of two, and its offset.
  const load = field === 'type' ? [op.loadByte, 0, 0] : [op.loadWord, 2, 4];
  const isWithin = [
    ...[op.localGet, argument, ...load, op.constant, ...signed(from), op.subtract],
    ...[op.constant, ...signed(to - from + 1), op.lessUnsigned],
  ];
  // Where there is no value, the address is 0.
  return Uint8Array.from([
    ...[op.localGet, argument, op.if, op.empty, ...isWithin, op.if, op.empty],
    ...[...asks, op.end, op.end],
  ]);
}

interface Section {
  readonly id: number;
  readonly headAt: number;
  readonly from: number;
  readonly to: number;
}

/** After the 8 bytes of magic and version. */
function readSections(wasm: Uint8Array): readonly Section[] {
  const sections: Section[] = [];
  for (let at = 8; at < wasm.length;) {
    const size = readUnsigned(wasm, at + 1);
    const to = size.next + size.value;
    sections.push({ id: wasm[at] ?? 0, headAt: at, from: size.next, to });
    at = to;
  }
  return sections;
}

/** Names of the imported functions, which come first in the index space of functions. */
function readImportedFunctions(wasm: Uint8Array, { from }: Section): readonly string[] {
  const count = readUnsigned(wasm, from);
  const functions: string[] = [];
  let at = count.next;
  for (let left = count.value; left > 0; left -= 1) {
    const module = readName(wasm, at);
    const field = readName(wasm, module.next);
    const kind = wasm[field.next];
    if (kind === functionImport) {
      functions.push(field.value);
      at = readUnsigned(wasm, field.next + 1).next;
    } else at = skipLimits(wasm, field.next + 1, kind);
  }
  return functions;
}

/** Past the type of a table (1), a memory (2) or a global (3). */
function skipLimits(wasm: Uint8Array, at: number, kind: number | undefined): number {
  if (kind === 3) return at + 2;
  const flags = at + (kind === 1 ? 1 : 0);
  const minimum = readUnsigned(wasm, flags + 1).next;
  return (wasm[flags] ?? 0) % 2 === 1 ? readUnsigned(wasm, minimum).next : minimum;
}

/** The `name` section's names of functions; undefined for any other section. */
function readFunctionNames(wasm: Uint8Array, { id, from, to }: Section): ReadonlyMap<string, number> | undefined {
  if (id !== sectionIds.custom) return undefined;
  const title = readName(wasm, from);
  if (title.value !== 'name') return undefined;
  for (let at = title.next; at < to;) {
    const size = readUnsigned(wasm, at + 1);
    if (wasm[at] === 1) return readNameMap(wasm, size.next);
    at = size.next + size.value;
  }
  return undefined;
}

function readNameMap(wasm: Uint8Array, from: number): ReadonlyMap<string, number> {
  const count = readUnsigned(wasm, from);
  const names = new Map<string, number>();
  let at = count.next;
  for (let left = count.value; left > 0; left -= 1) {
    const index = readUnsigned(wasm, at);
    const name = readName(wasm, index.next);
    names.set(name.value, index.value);
    at = name.next;
  }
  return names;
}

/** The code section with instructions put before those of some functions, by their position in it. */
function withPrologues(wasm: Uint8Array, { from }: Section, prologues: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const count = readUnsigned(wasm, from);
  const parts: Uint8Array[] = [wasm.subarray(from, count.next)];
  let at = count.next;
  for (let position = 0; position < count.value; position += 1) {
    const size = readUnsigned(wasm, at);
    const end = size.next + size.value;
    const prologue = prologues.get(position);
    if (prologue === undefined) parts.push(wasm.subarray(at, end));
    else {
      const body = skipLocals(wasm, size.next);
      parts.push(Uint8Array.from(unsigned(size.value + prologue.length)));
      parts.push(wasm.subarray(size.next, body), prologue, wasm.subarray(body, end));
    }
    at = end;
  }
  return joined(parts);
}

function skipLocals(wasm: Uint8Array, from: number): number {
  const count = readUnsigned(wasm, from);
  let at = count.next;
  for (let left = count.value; left > 0; left -= 1) at = readUnsigned(wasm, at).next + 1;
  return at;
}

interface Read<T> {
  readonly value: T;
  readonly next: number;
}

function readUnsigned(wasm: Uint8Array, from: number): Read<number> {
  let [value, shift, at] = [0, 0, from];
  for (let byte = 0x80; byte >= 0x80; shift += 7, at += 1) {
    byte = wasm[at] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
  }
  return { value, next: at };
}

function readName(wasm: Uint8Array, from: number): Read<string> {
  const size = readUnsigned(wasm, from);
  const next = size.next + size.value;
  return { value: Buffer.from(wasm.subarray(size.next, next)).toString(), next };
}

/** LEB128. */
function unsigned(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(Math.floor(value / 0x80))];
}

/** LEB128 of what is not negative: its last byte's second bit is the sign. */
function signed(value: number): readonly number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(Math.floor(value / 0x80))];
}

function section(id: number, content: Uint8Array): Uint8Array {
  return joined([Uint8Array.from([id, ...unsigned(content.length)]), content]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}
