import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import type { LayerBlob } from './oci.ts';
import { writeTar, type Entry } from './tar.ts';

/** 6: a seventh smaller than 3, and still twice as fast as gzip; beyond it size hardly falls. */
const compressionLevel = 6;

/** Writes entries as one compressed layer at `path`, and says by which digests it is known. */
export async function writeLayer(entries: Iterable<Entry>, path: string): Promise<LayerBlob> {
  const inner = measured();
  const outer = measured();
  await pipeline(
    Readable.from(writeTar(entries)),
    inner.stream,
    createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: compressionLevel } }),
    outer.stream,
    createWriteStream(path, { mode: 0o644 }),
  );
  return {
    path,
    digest: outer.digest(),
    diffId: inner.digest(),
    size: (await stat(path)).size,
    unpackedSize: inner.size(),
  };
}

/** Writes entries as an uncompressed archive at `path`. */
export async function writeArchive(entries: Iterable<Entry>, path: string): Promise<void> {
  await pipeline(Readable.from(writeTar(entries)), createWriteStream(path, { mode: 0o644 }));
}

/** A stream that passes everything on, and knows its digest and size when it has ended. */
function measured(): { readonly stream: Transform; digest(): string; size(): number } {
  const hash: Hash = createHash('sha256');
  let size = 0;
  const stream = new Transform({
    transform(chunk: Uint8Array, _encoding, done): void {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, digest: () => `sha256:${hash.digest('hex')}`, size: () => size };
}
