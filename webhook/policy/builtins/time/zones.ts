import { brotliDecompressSync } from 'node:zlib';
import { readLocation, utc } from './location.ts';
import type { Location } from './location.ts';
import packed from './zones.json' with { type: 'json' };

/** The TZif files of the time zone database by the names that they have; many names share a file. */
class ZoneFiles {
  readonly #names: Readonly<Record<string, number>>;
  readonly #files: readonly Buffer[];

  constructor(text: string) {
    const bytes = brotliDecompressSync(Buffer.from(text, 'base64'));
    const end = bytes.indexOf('\n');
    const { names, sizes } = JSON.parse(bytes.toString('utf8', 0, end)) as {
      names: Record<string, number>;
      sizes: readonly number[];
    };
    let at = end + 1;
    this.#names = names;
    this.#files = sizes.map((size) => bytes.subarray(at, (at += size)));
  }

  get names(): readonly string[] {
    return Object.keys(this.#names);
  }

  find(name: string): Buffer | undefined {
    const index = Object.hasOwn(this.#names, name) ? this.#names[name] : undefined;
    return index === undefined ? undefined : this.#files[index];
  }
}

// Unpacked when a policy first names a time zone: few do, and each worker that does pays 230 kB.
let files: ZoneFiles | undefined;

function zoneFiles(): ZoneFiles {
  return (files ??= new ZoneFiles(packed.packed));
}

const locations = new Map<string, Location>();

/**
 * The place of that name in the time zone database that Go 1.26 embeds, letter for letter (`Europe/Paris`); `UTC`,
 * `Local` and the empty name are UTC: so is the clock of a container.
 */
export function findLocation(name: string): Location | undefined {
  if (name === '' || name === 'UTC' || name === 'Local') return utc;
  const known = locations.get(name);
  if (known !== undefined) return known;
  const file = zoneFiles().find(name);
  if (file === undefined) return undefined;
  const location = readLocation(file);
  locations.set(name, location);
  return location;
}

/** All names of places and their TZif files, for tests. */
export function* zoneFilesByName(): Iterable<readonly [name: string, file: Buffer]> {
  for (const name of zoneFiles().names) {
    const file = zoneFiles().find(name);
    if (file !== undefined) yield [name, file];
  }
}
