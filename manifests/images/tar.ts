import { Buffer } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { dirname } from 'node:path/posix';

/** What a file holds: bytes in memory, or a file on this machine that is read while the archive is written. */
export type Content =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'path'; readonly path: string; readonly size: number };

/**
 * One entry of an archive. `path` is relative, without `./` and without a slash at its end.
 * Owner and mode are what the recipe says, never what the file on this machine has.
 */
export type Entry = { readonly path: string; readonly owner?: number } & (
  | { readonly type: 'directory'; readonly mode: number }
  | { readonly type: 'file'; readonly mode: number; readonly content: Content }
  | { readonly type: 'symlink'; readonly target: string }
);

const blockSize = 512;

/**
 * Writes a POSIX ustar archive (IEEE 1003.1-1988, with pax headers for what ustar cannot hold) whose bytes depend on
 * the entries alone: sorted by path, every time stamp 0, no user names, parents of each entry always present.
 *
 * @throws Error when two entries have the same path, or a file changed its size while it was read.
 */
export async function* writeTar(entries: Iterable<Entry>): AsyncGenerator<Uint8Array> {
  for (const entry of inOrder(entries)) {
    for (const header of headers(entry)) {
      yield header;
    }
    if (entry.type === 'file') {
      yield* body(entry.path, entry.content);
    }
  }
  yield new Uint8Array(2 * blockSize);
}

/** Adds the folders that nobody named, and sorts by path, so that a parent comes before what it holds. */
function inOrder(entries: Iterable<Entry>): readonly Entry[] {
  const byPath = new Map<string, Entry>();
  for (const entry of entries) {
    if (byPath.has(entry.path)) {
      throw new Error(`two entries of one archive have the path ${entry.path}`);
    }
    byPath.set(entry.path, entry);
  }
  for (const path of [...byPath.keys()]) {
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
      if (!byPath.has(parent)) {
        byPath.set(parent, { path: parent, type: 'directory', mode: 0o755 });
      }
    }
  }
  // By UTF-8 bytes, not by locale: the order must be the same on every machine.
  return [...byPath.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

async function* body(path: string, content: Content): AsyncGenerator<Uint8Array> {
  const size = sizeOf(content);
  let written = 0;
  const chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array> =
    content.kind === 'bytes' ? [content.bytes] : (createReadStream(content.path) as AsyncIterable<Uint8Array>);
  for await (const chunk of chunks) {
    written += chunk.length;
    yield chunk;
  }
  if (written !== size) {
    throw new Error(`${path} changed while it was read: ${size} bytes were expected, ${written} came`);
  }
  if (size % blockSize !== 0) {
    yield new Uint8Array(blockSize - (size % blockSize));
  }
}

/** Bytes in a content. */
export function sizeOf(content: Content): number {
  return content.kind === 'bytes' ? content.bytes.length : content.size;
}

/** The header block of an entry, after a pax header where a name is too long for ustar. */
function headers(entry: Entry): readonly Uint8Array[] {
  const name = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  const target = entry.type === 'symlink' ? entry.target : '';
  const records = [
    ...(fits(name) ? [] : [paxRecord('path', name)]),
    ...(fits(target) ? [] : [paxRecord('linkpath', target)]),
  ];
  const extended = Buffer.concat(records);
  const pax =
    records.length === 0
      ? []
      : [
          header({ name: 'pax', type: 'x', mode: 0o644, size: extended.length, owner: 0, target: '' }),
          extended,
          new Uint8Array((blockSize - (extended.length % blockSize)) % blockSize),
        ];
  return [
    ...pax,
    header({
      name,
      target,
      type: entry.type === 'file' ? '0' : entry.type === 'symlink' ? '2' : '5',
      mode: entry.type === 'symlink' ? 0o777 : entry.mode,
      size: entry.type === 'file' ? sizeOf(entry.content) : 0,
      owner: entry.owner ?? 0,
    }),
  ];
}

/** ustar's name field holds 100 bytes; its prefix field is not used, since pax does the same without splitting. */
function fits(text: string): boolean {
  return Buffer.byteLength(text) <= 100;
}

/** `<length> <key>=<value>\n`, where the length counts its own digits (POSIX pax, "pax Extended Header"). */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) {
    length += 1;
  }
  return Buffer.from(`${length} ${key}=${value}\n`);
}

interface HeaderFields {
  readonly name: string;
  readonly type: '0' | '2' | '5' | 'x';
  readonly mode: number;
  readonly size: number;
  readonly owner: number;
  readonly target: string;
}

function header(fields: HeaderFields): Uint8Array {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, offset: number, length: number): void => {
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
  };
  Buffer.from(fields.name).copy(block, 0, 0, 100);
  octal(fields.mode, 100, 8);
  octal(fields.owner, 108, 8);
  octal(fields.owner, 116, 8);
  octal(fields.size, 124, 12);
  octal(0, 136, 12);
  block.write(fields.type, 156, 'latin1');
  Buffer.from(fields.target).copy(block, 157, 0, 100);
  block.write('ustar\x0000', 257, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
