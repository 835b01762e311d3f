/**
 * Packs the time zone database (public domain) that Go brings along into webhook/policy/builtins/time/zones.json, so
 * that `time.*` knows the zones that OPA knows: `node scripts/zones.ts`, after an update of Go.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const goRoot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
const folder = join(goRoot, 'lib', 'time');
const [, version = ''] = /^DATA=(\S+)$/m.exec(readFileSync(join(folder, 'update.bash'), 'utf8')) ?? [];

/** The files of a zip archive that compresses none of them, as Go's build makes it. */
function readStored(archive: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  let at = 0;
  while (archive.readUInt32LE(at) === 0x04034b50) {
    const [size, nameSize, extraSize] = [
      archive.readUInt32LE(at + 18),
      archive.readUInt16LE(at + 26),
      archive.readUInt16LE(at + 28),
    ];
    const method = archive.readUInt16LE(at + 8);
    const name = archive.toString('utf8', at + 30, at + 30 + nameSize);
    if (method !== 0) throw new Error(`${name} is compressed`);
    const start = at + 30 + nameSize + extraSize;
    if (!name.endsWith('/')) files.set(name, archive.subarray(start, start + size));
    at = start + size;
  }
  return files;
}

// Many names share a file: each file is kept once, and a name says which one it is.
const contents: Buffer[] = [];
const indexes = new Map<string, number>();
const names: Record<string, number> = {};
for (const [name, content] of readStored(readFileSync(join(folder, 'zoneinfo.zip')))) {
  const key = content.toString('latin1');
  const index = indexes.get(key) ?? contents.push(content) - 1;
  indexes.set(key, index);
  names[name] = index;
}
const index = JSON.stringify({ sizes: contents.map(({ length }) => length), names });
const packed = brotliCompressSync(Buffer.concat([Buffer.from(`${index}\n`), ...contents]), {
  params: { [constants.BROTLI_PARAM_LGWIN]: 22 },
});
const target = new URL('../webhook/policy/builtins/time/zones.json', import.meta.url);
writeFileSync(target, `${JSON.stringify({ version, packed: packed.toString('base64') }, null, 2)}\n`);
console.log(`${version}: ${Object.keys(names).length} zones, ${packed.length} bytes`);
