import { Buffer } from 'node:buffer';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './tar.ts';

/** Where a path stood when an entry took its place: what `addFolder` leaves out and what it keeps. */
export interface FolderOptions {
  /** Where in the image the folder's content goes; the root by default. */
  readonly at?: string;
  /** Says which paths (relative to the folder) come along; all by default. */
  readonly keep?: (path: string) => boolean;
}

/**
 * The files of one layer, before they are written. Modes have two values, 0755 for what its owner may execute and 0644
 * for the rest, so that an image does not depend on the umask under which its parts were unpacked.
 */
export class FileTree {
  readonly #entries = new Map<string, Entry>();

  /** Every entry, in the order in which it came. */
  get entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  /** The entry at a path, if there is one. */
  get(path: string): Entry | undefined {
    return this.#entries.get(path);
  }

  /** Adds or replaces a file with this content. */
  addFile(path: string, content: string | Uint8Array, mode: 0o644 | 0o755 = 0o644): this {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    return this.add({ path, type: 'file', mode, content: { kind: 'bytes', bytes } });
  }

  /** Adds or replaces a file that is read from this machine when the layer is written. */
  addPath(path: string, from: string, mode?: 0o644 | 0o755): this {
    const found = statSync(from);
    return this.add({
      path,
      type: 'file',
      mode: mode ?? normalMode(found.mode),
      content: { kind: 'path', path: from, size: found.size },
    });
  }

  /** Adds a folder that nothing else would make: an empty one, or one with an owner or mode of its own. */
  addDirectory(path: string, mode = 0o755, owner = 0): this {
    return this.add({ path, type: 'directory', mode, owner });
  }

  addLink(path: string, target: string): this {
    return this.add({ path, type: 'symlink', target });
  }

  add(entry: Entry): this {
    this.#entries.set(entry.path, entry);
    return this;
  }

  /** Adds all files, folders and symbolic links below a folder of this machine. */
  addFolder(folder: string, options: FolderOptions = {}): this {
    const keep = options.keep ?? ((): boolean => true);
    const visit = (relative: string): void => {
      for (const found of readdirSync(join(folder, relative), { withFileTypes: true })) {
        const path = join(relative, found.name);
        const target = join(options.at ?? '', path);
        if (found.isDirectory()) {
          visit(path);
        } else if (!keep(path)) {
          continue;
        } else if (found.isSymbolicLink()) {
          this.addLink(target, readlinkSync(join(folder, path)));
        } else if (found.isFile()) {
          this.addPath(target, join(folder, path));
        }
      }
    };
    visit('');
    return this;
  }
}

function normalMode(mode: number): 0o644 | 0o755 {
  return (mode & 0o100) === 0 ? 0o644 : 0o755;
}
