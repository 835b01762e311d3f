import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run, type Environment } from '../command.ts';

/** The OpenTelemetry Java agent, by its coordinates on Maven Central. */
export const javaAgent = {
  coordinates: 'io.opentelemetry.javaagent:opentelemetry-javaagent',
  version: '2.33.1',
} as const;

/** Plugin that fetches it; pinned, since `dependency:` alone would take whatever is newest. */
const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

/** Java 6: the oldest that can read the class and be told that it is too old (JVM specification, table 4.1-A). */
const classFileVersion = 50;

/**
 * Writes `remora.jar`, which decides, and the real agent beside it, into a folder. Needs mvn and a JDK of 17 or later.
 *
 * `cache` keeps the download.
 */
export async function buildJavaAgent(
  source: string,
  folder: string,
  cache: string,
  environment: Environment,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(await fetchAgent(cache, environment), join(folder, 'opentelemetry-javaagent.jar'));
  const work = await mkdtemp(join(cache, 'java-'));
  try {
    const javac = ['--release', '8', '-g:none', '-Xlint:-options', '-XDstringConcat=inline', '-d', work];
    await run('javac', [...javac, join(source, 'RemoraAgent.java')], work, environment);
    const classFile = join(work, 'RemoraAgent.class');
    const bytes = await readFile(classFile);
    bytes.writeUInt16BE(classFileVersion, 6);
    await writeFile(classFile, bytes);
    const jar = ['--create', '--no-compress', '--date=1980-02-01T00:00:00Z', '--manifest', join(source, 'MANIFEST.MF')];
    await run(
      'jar',
      [...jar, '--file', join(folder, 'remora.jar'), '-C', work, 'RemoraAgent.class'],
      work,
      environment,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fetchAgent(cache: string, environment: Environment): Promise<string> {
  const { coordinates, version } = javaAgent;
  const folder = join(cache, `java-agent-${version}`);
  const file = join(folder, `opentelemetry-javaagent-${version}.jar`);
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  // Maven's own copy is written before ours appears, so a broken download never has this name.
  await run(
    'mvn',
    ['-B', '-q', plugin, `-Dartifact=${coordinates}:${version}`, `-DoutputDirectory=${folder}`],
    folder,
    environment,
  );
  return file;
}
