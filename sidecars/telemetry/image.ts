import { chmod, cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type Environment } from './command.ts';
import { buildJavaAgent } from './java/build.ts';
import { bundleNodeAgent } from './node/bundle.ts';
import { installPythonAgent } from './python/install.ts';

/** How to fill the image. */
export interface TelemetryOptions {
  /** Of the image; only `/copy` depends on it. */
  readonly architecture: 'amd64' | 'arm64';
  /** Folder of this machine that keeps downloads. */
  readonly cache: string;
  readonly environment: Environment;
}

const here = import.meta.dirname;

/**
 * Fills a folder with what the remora-telemetry image holds: `/node`, `/java` and `/python` with one language agent
 * each, `/copy`, which brings them out where there are no image volumes, and `/NOTICE`.
 *
 * The same checkout gives the same files, whatever its path, the umask and the date: times are for the archiver to
 * set. Needs npm's packages in place, and pip, mvn, a JDK and Go on the path.
 */
export async function fillTelemetry(folder: string, options: TelemetryOptions): Promise<void> {
  const { cache, environment } = options;
  await mkdir(folder, { recursive: true });
  await mkdir(cache, { recursive: true });
  await bundleNodeAgent(join(here, 'node'), join(here, '../../node_modules'), join(folder, 'node'));
  await buildJavaAgent(join(here, 'java'), join(folder, 'java'), cache, environment);
  await installPythonAgent(join(here, 'python'), join(folder, 'python'), cache, environment);
  await cp(join(here, 'NOTICE'), join(folder, 'NOTICE'));
  await normalizeModes(folder);
  await buildCopy(join(folder, 'copy'), options);
}

/** A static program; Go builds for either architecture on any, and the same bytes each time. */
async function buildCopy(file: string, { architecture, environment }: TelemetryOptions): Promise<void> {
  const target = { CGO_ENABLED: '0', GOOS: 'linux', GOARCH: architecture, GOTOOLCHAIN: 'local', GOFLAGS: '' };
  const words = ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w -buildid=', '-o', file, '.'];
  await run('go', words, join(here, 'copy'), { ...environment, ...target });
  await chmod(file, 0o755);
}

/** Folders 0755 and files 0644, so that any user of any container may read them. */
async function normalizeModes(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await normalizeModes(path);
    else await chmod(path, 0o644);
  }
}
