import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The environment variables that a process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The cache that all of Remora's builders share, outside of the checkout. */
export function cacheRoot(environment: Environment): string {
  return (
    environment['REMORA_CACHE'] ??
    join(environment['XDG_CACHE_HOME'] ?? join(environment['HOME'] ?? homedir(), '.cache'), 'remora')
  );
}

/** A key for content: the SHA-256 of the parts, each with its length, so that no two lists of parts agree by chance. */
export function keyOf(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(`${typeof part === 'string' ? Buffer.byteLength(part) : part.length}:`).update(part);
  }
  return hash.digest('hex').slice(0, 32);
}

/** Whether a file or folder is there. */
export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Makes a folder of the cache once. `fill` works in a folder beside it that takes the final name by one rename, so that
 * a crash leaves nothing half-made under that name; a lock keeps two processes from doing the same work.
 *
 * @returns the folder's path.
 */
export async function once(folder: string, fill: (draft: string) => Promise<void>): Promise<string> {
  if (await exists(folder)) {
    return folder;
  }
  return await whileLocked(`${folder}.lock`, async () => {
    if (await exists(folder)) {
      return folder;
    }
    const draft = `${folder}.draft`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    await fill(draft);
    await rename(draft, folder);
    return folder;
  });
}

/**
 * Runs `work` while no other process runs work under the same lock. The lock is a folder that holds the number of the
 * process that made it; one whose process is gone is taken over.
 */
export async function whileLocked<T>(lock: string, work: () => Promise<T>): Promise<T> {
  await mkdir(join(lock, '..'), { recursive: true });
  while (!(await take(lock))) {
    if (await isAbandoned(lock)) {
      await rm(lock, { recursive: true, force: true });
    } else {
      await delay(50);
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** /proc/self is a link to the number of this process; reading it keeps `process` out of this file. */
async function take(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      return false;
    }
    throw error;
  }
  const status = await readFile('/proc/self/stat', 'utf8');
  await writeFile(join(lock, status.split(' ', 1).join('')), '');
  return true;
}

/** A lock without a number in it is being taken right now, unless it stays so for ten seconds. */
async function isAbandoned(lock: string): Promise<boolean> {
  const [holder] = await readdir(lock).catch(() => ['']);
  if (holder !== undefined) {
    return holder !== '' && !(await exists(`/proc/${holder}`));
  }
  const made = await stat(lock).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs > 10_000;
}
