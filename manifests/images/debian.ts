import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, readdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Architecture } from './architecture.ts';
import { once, whileLocked, type Environment } from './cache.ts';
import { run } from './command.ts';
import type { LockedPackage } from './debian-lock.ts';

/** What fetching packages needs to know of its surroundings. */
export interface DebianContext {
  readonly cache: string;
  readonly environment: Environment;
  readonly report: (line: string) => void;
}

/** The Debian release that images take their packages from. */
const release = 'bookworm';

/** For so long the archive's lists count as fresh: one cold run fetches packages for many layers. */
const listsLifeMilliseconds = 10 * 60 * 1000;

/** A package that is unpacked on this machine. */
export interface UnpackedPackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

/**
 * Fetches packages of one architecture and unpacks each into a folder of its own in the cache. apt works in a root of
 * its own there, so that neither this machine's packages nor its list of architectures are touched.
 *
 * Debian's archive keeps one version of a package. Once a locked one has left it, the version that is offered now takes
 * its place, and the report says so: a build must still be possible then, though no longer the same one.
 *
 * @returns what was unpacked, with the versions that were really taken.
 * @throws Error with the package's name when its content is not what was promised.
 */
export async function unpackPackages(
  packages: readonly LockedPackage[],
  architecture: Architecture,
  context: DebianContext,
): Promise<readonly UnpackedPackage[]> {
  const store = join(context.cache, 'debian', architecture);
  if (packages.some((locked) => find(store, locked) === undefined)) {
    await whileLocked(`${store}.lock`, async () => {
      const missing = packages.filter((locked) => find(store, locked) === undefined);
      if (missing.length > 0) {
        await fetchAndUnpack(missing, store, architecture, context);
      }
    });
  }
  return packages.map((locked) => {
    const found = find(store, locked);
    if (found === undefined) {
      throw new Error(`${locked.name} ${locked.version} was fetched, and is not there`);
    }
    return found;
  });
}

/** A version that took a locked one's place is noted beside the folder that the locked one would have. */
function find(store: string, locked: LockedPackage): UnpackedPackage | undefined {
  const folder = join(store, folderName(locked));
  if (existsSync(folder)) {
    return { name: locked.name, version: locked.version, folder };
  }
  if (existsSync(`${folder}.moved`)) {
    return find(store, JSON.parse(readFileSync(`${folder}.moved`, 'utf8')) as LockedPackage);
  }
  return undefined;
}

function folderName(found: LockedPackage): string {
  return `${found.name}_${found.version.replaceAll(/[^\w.+~-]/g, '_')}_${found.sha256.slice(0, 12)}`;
}

async function fetchAndUnpack(
  missing: readonly LockedPackage[],
  store: string,
  architecture: Architecture,
  context: DebianContext,
): Promise<void> {
  context.report(`fetching ${missing.length} Debian packages for ${architecture}`);
  await mkdir(store, { recursive: true });
  const environment = await aptRoot(architecture, context);
  const wanted = await offered(missing, store, environment, context);
  const downloads = `${store}.downloads`;
  await rm(downloads, { recursive: true, force: true });
  await mkdir(downloads, { recursive: true });
  const names = wanted.map(({ name, version }) => `${name}=${version}`);
  await run('apt-get', ['-q', 'download', ...names], context.environment, { folder: downloads, environment });
  const files = await readdir(downloads);
  for (const found of wanted) {
    const archive = files.find((file) => file.startsWith(`${found.name}_`));
    if (archive === undefined) {
      throw new Error(`apt-get download brought no ${found.name}`);
    }
    await unpack(join(downloads, archive), found, join(store, folderName(found)), context);
  }
  await rm(downloads, { recursive: true, force: true });
}

/** The locked versions that the archive still has, and for the others what it has now. */
async function offered(
  locked: readonly LockedPackage[],
  store: string,
  environment: Environment,
  context: DebianContext,
): Promise<readonly LockedPackage[]> {
  const names = locked.map(({ name }) => name);
  const all = await run('apt-cache', ['show', ...names], context.environment, { environment });
  const digests = new Set(parseStanzas(all).map(({ sha256 }) => sha256));
  const moved = locked.filter(({ sha256 }) => !digests.has(sha256));
  if (moved.length === 0) {
    return locked;
  }
  const candidates = await currentVersions(
    moved.map(({ name }) => name),
    environment,
    context,
  );
  return await Promise.all(
    locked.map(async (found) => {
      const candidate = moved.includes(found) ? candidates.find(({ name }) => name === found.name) : undefined;
      if (candidate === undefined) {
        return found;
      }
      context.report(
        `${found.name} ${found.version} has left the archive; ${candidate.version} takes its place, and the image differs`,
      );
      await writeFile(join(store, `${folderName(found)}.moved`), JSON.stringify(candidate));
      return candidate;
    }),
  );
}

/** The versions that the archive would install now. */
export async function currentVersions(
  names: readonly string[],
  environment: Environment,
  context: DebianContext,
): Promise<readonly LockedPackage[]> {
  const words = ['show', '--no-all-versions', ...names];
  return parseStanzas(await run('apt-cache', words, context.environment, { environment }));
}

/** Reads what `apt-cache show` prints: one stanza for each package (deb822). */
export function parseStanzas(text: string): readonly LockedPackage[] {
  return text
    .split(/\n\n+/)
    .filter((stanza) => stanza.trim() !== '')
    .map((stanza) => ({
      name: field(stanza, 'Package'),
      version: field(stanza, 'Version'),
      sha256: field(stanza, 'SHA256'),
    }));
}

function field(stanza: string, name: string): string {
  const value = new RegExp(`^${name}: (.+)$`, 'm').exec(stanza)?.[1];
  if (value === undefined) {
    throw new Error(`apt-cache show printed a stanza without ${name}`);
  }
  return value;
}

async function unpack(archive: string, found: LockedPackage, folder: string, context: DebianContext): Promise<void> {
  const sha256 = createHash('sha256')
    .update(await readFile(archive))
    .digest('hex');
  if (sha256 !== found.sha256) {
    throw new Error(
      `${found.name} ${found.version} has the digest ${sha256}; the archive's index says ${found.sha256}`,
    );
  }
  await once(folder, async (draft) => {
    await run('dpkg-deb', ['-x', archive, draft], context.environment);
    await makeLinksRelative(draft, draft);
  });
}

/** An absolute link would leave the unpacked folder; as a relative one it means the same here and in an image. */
async function makeLinksRelative(root: string, folder: string): Promise<void> {
  for (const found of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, found.name);
    if (found.isDirectory()) {
      await makeLinksRelative(root, path);
    } else if (found.isSymbolicLink()) {
      const target = await readlink(path);
      if (target.startsWith('/')) {
        await rm(path);
        await symlink(relative(dirname(path), join(root, target)), path);
      }
    }
  }
}

/**
 * Makes apt's private root, with this machine's own Debian sources and no installed package, and fetches its lists.
 *
 * @returns the environment that points apt to it.
 * @throws Error when this machine has no source of the release.
 */
export async function aptRoot(architecture: Architecture, context: DebianContext): Promise<Environment> {
  const root = join(context.cache, 'debian', `${architecture}.apt`);
  const sources = await debianSources();
  if (sources.size === 0) {
    throw new Error(
      `this machine's /etc/apt names no source of Debian ${release}, from which the images are assembled`,
    );
  }
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'sources']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  for (const [name, text] of sources) {
    await writeFile(join(root, 'sources', name), text);
  }
  await writeFile(join(root, 'status'), '');
  await writeFile(join(root, 'apt.conf'), aptConfiguration(root, architecture));
  const environment = { APT_CONFIG: join(root, 'apt.conf') };
  const refreshed = join(root, 'refreshed');
  const age =
    Date.now() -
    (await stat(refreshed).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    ));
  if (age > listsLifeMilliseconds) {
    await run('apt-get', ['-q', 'update'], context.environment, { environment });
    await writeFile(refreshed, '');
  }
  return environment;
}

function aptConfiguration(root: string, architecture: Architecture): string {
  return `Dir::State "${root}/state";
Dir::State::status "${root}/status";
Dir::Cache "${root}/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "${root}/sources";
APT::Sandbox::User "root";
APT::Architecture "${architecture}";
#clear APT::Architectures;
APT::Architectures { "${architecture}"; };
Acquire::Languages "none";
Acquire::Retries "3";
`;
}

/** The files of /etc/apt that name our release; others (Node's, a cloud's) have packages that we do not want. */
async function debianSources(): Promise<ReadonlyMap<string, string>> {
  const folder = '/etc/apt/sources.list.d';
  const listed = existsSync(folder) ? (await readdir(folder)).map((name) => join(folder, name)) : [];
  const sources = new Map<string, string>();
  for (const path of ['/etc/apt/sources.list', ...listed]) {
    if (/\.(list|sources)$/.test(path) && existsSync(path)) {
      const text = await readFile(path, 'utf8');
      if (new RegExp(`(^|\\s)${release}(-updates|-security)?(\\s|/|$)`, 'm').test(text)) {
        sources.set(path.slice(path.lastIndexOf('/') + 1), text);
      }
    }
  }
  return sources;
}
