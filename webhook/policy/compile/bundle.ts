import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const unzip = promisify(gunzip);

/** POSIX ustar: files in blocks of 512 bytes, each after a block that names it. */
const blockBytes = 512;
const moduleName = 'policy.wasm';

/** Bytes that a bundle may unpack to; the module is checked again when it is stored. */
const maxBundleBytes = 64 * 1024 * 1024;

/**
 * Takes the module out of a bundle of `opa build -t wasm`: a gzipped tar with the sources and `/policy.wasm`.
 * Undefined when there is none, or when it unpacks to more than 64 MiB.
 */
export async function moduleOf(bundle: Uint8Array): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let tar: Buffer;
  try {
    tar = await unzip(bundle, { maxOutputLength: maxBundleBytes });
  } catch {
    return undefined;
  }
  for (let at = 0; at + blockBytes <= tar.length;) {
    const name = field(tar, at, 100).replace(/^\//, '');
    const sizeBytes = Number.parseInt(field(tar, at + 124, 12), 8) || 0;
    const from = at + blockBytes;
    if (name === moduleName) return new Uint8Array(tar.subarray(from, from + sizeBytes));
    at = from + Math.ceil(sizeBytes / blockBytes) * blockBytes;
  }
  return undefined;
}

/** A text of a header, which a zero byte ends. */
function field(tar: Buffer, at: number, length: number): string {
  const bytes = tar.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? length : end).trim();
}
