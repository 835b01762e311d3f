import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../../../manifests/images/cache.ts';
import { findJava, findNode, findPython } from './interpreters.ts';
import type { Found } from './interpreters.ts';
import type { Programs } from './programs.ts';
import type { Expected, Trial } from './trial.ts';

export interface Trials {
  readonly trials: readonly Trial[];
  /** Runtimes that this machine does not have, each with the reason. */
  readonly skipped: readonly string[];
}

interface Folders {
  /** Where the image's files lie, as they would at /remora/telemetry. */
  readonly agents: string;
  readonly programs: Programs;
  readonly scratch: string;
}

const traces: Expected = { outcome: 'traces' };
const silent: Expected = { outcome: 'is silent' };
const leaves = (code: string): Expected => ({ outcome: 'leaves', code });
const served = /^served$/m;

/** Every runtime that can be had here, with what its agent is meant to do (docs/telemetry.md, "When an agent leaves"). */
export async function makeTrials(folders: Folders, environment: Environment): Promise<Trials> {
  const parts = [
    await nodeTrials(folders, environment),
    await pythonTrials(folders, environment),
    await javaTrials(folders, environment),
  ];
  return {
    trials: parts.flatMap(({ trials }) => trials),
    skipped: parts.flatMap(({ skipped }) => skipped),
  };
}

async function nodeTrials({ agents, programs, scratch }: Folders, environment: Environment): Promise<Trials> {
  const entry = `--require ${join(agents, 'node/remora.cjs')}`;
  const versions: readonly (readonly [string, Expected])[] = [
    ...['8.17.0', '10.24.1', '12.22.12', '14.21.3', '16.20.2', '18.18.2'].map(
      (version) => [version, leaves('UnsupportedNodeVersion')] as const,
    ),
    ...['18.19.1', '20.6.1', '22.14.0', '24.11.0'].map((version) => [version, traces] as const),
  ];
  const found = await Promise.all(versions.map(([version]) => findNode(version, environment)));
  const own = join(scratch, 'dd-trace', 'init.js');
  await mkdir(join(scratch, 'dd-trace'), { recursive: true });
  await writeFile(own, '');
  const tool = join(scratch, 'node_modules', 'npm', 'bin', 'npm-cli.js');
  await mkdir(join(tool, '..'), { recursive: true });
  await writeFile(tool, `require(${JSON.stringify(programs.node)});`);
  const on = (name: string, expected: Expected, options: string, file = programs.node): Trial => ({
    name: `Node ${process.version}, ${name}`,
    command: [process.execPath, file],
    variables: { NODE_OPTIONS: options },
    prints: served,
    expected,
  });
  return {
    trials: [
      ...versions.flatMap(([version, expected], index) =>
        foundPath(found[index]).map((path): Trial => ({
          name: `Node ${version}`,
          command: [path, programs.node],
          variables: { NODE_OPTIONS: entry },
          prints: served,
          expected,
        })),
      ),
      on('as it runs here', traces, entry),
      on('without the agent', silent, ''),
      on('beside another agent', leaves('OwnTelemetry'), `--require ${own} ${entry}`),
      on('a package manager', silent, entry, tool),
    ],
    skipped: versions.flatMap(([version], index) => reasonOf(`Node ${version}`, found[index])),
  };
}

async function pythonTrials({ agents, programs, scratch }: Folders, environment: Environment): Promise<Trials> {
  const folder = join(agents, 'python');
  const versions: readonly (readonly [string, Expected])[] = [
    ...['2.7', '3.6', '3.7', '3.8'].map((version) => [version, leaves('UnsupportedPythonVersion')] as const),
    ...['3.9', '3.10', '3.11', '3.12', '3.13'].map((version) => [version, traces] as const),
  ];
  const found = await Promise.all(versions.map(([version]) => findPython(version, environment)));
  const installed = async (name: string, version: string): Promise<string> => {
    const packages = join(scratch, `with-${name}`);
    const metadata = join(packages, `${name}-${version}.dist-info`);
    await mkdir(metadata, { recursive: true });
    await writeFile(join(metadata, 'METADATA'), `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`);
    return packages;
  };
  const conflicts: readonly (readonly [string, string, Expected])[] = [
    ['another tracer', await installed('ddtrace', '2.1'), leaves('OwnTelemetry')],
    ['a library out of range', await installed('wrapt', '3.0'), leaves('ConflictingLibrary')],
  ];
  const [newest] = versions.flatMap(([version], index) =>
    version === '3.11' ? foundPath(found[index]).map((path) => ({ version, path })) : [],
  );
  return {
    trials: [
      ...versions.flatMap(([version, expected], index) =>
        foundPath(found[index]).map((path): Trial => ({
          name: `Python ${version}`,
          command: [path, programs.python],
          variables: { PYTHONPATH: folder },
          prints: served,
          expected,
        })),
      ),
      ...(newest === undefined
        ? []
        : conflicts.map(([what, packages, expected]): Trial => ({
            name: `Python ${newest.version} beside ${what}`,
            command: [newest.path, programs.python],
            variables: { PYTHONPATH: `${folder}:${packages}` },
            prints: served,
            expected,
          }))),
    ],
    skipped: versions.flatMap(([version], index) => reasonOf(`Python ${version}`, found[index])),
  };
}

async function javaTrials({ agents, programs, scratch }: Folders, environment: Environment): Promise<Trials> {
  const versions = [8, 11, 17, 21, 25];
  const found = await Promise.all(versions.map((version) => findJava(version, environment)));
  const variables = { JAVA_TOOL_OPTIONS: `-javaagent:${join(agents, 'java/remora.jar')}` };
  const foreign = join(scratch, 'with-datadog');
  await mkdir(join(foreign, 'datadog/trace/bootstrap'), { recursive: true });
  await writeFile(join(foreign, 'datadog/trace/bootstrap/AgentBootstrap.class'), '');
  return {
    trials: versions.flatMap((version, index) =>
      foundPath(found[index]).flatMap((home): readonly Trial[] => {
        const trial = (what: string, expected: Expected, prints: RegExp, ...command: readonly string[]): Trial => ({
          name: `Java ${version}, ${what}`,
          command: [join(home, 'bin', command[0] ?? ''), ...command.slice(1)],
          variables,
          prints,
          expected,
        });
        return [
          trial('a service', traces, served, 'java', '-cp', programs.java, 'App'),
          trial('keytool', silent, /TLSv1\.3/, 'keytool', '-showinfo', '-tls'),
          trial('javac', silent, /^javac \d/m, 'javac', '-version'),
          // The version that a JVM gives cannot be forged, so what an old one would be told is asked of the guard.
          {
            name: `Java ${version}, the guard about Java 1.6, 1.7, 1.8 and 9`,
            command: [join(home, 'bin/java'), '-cp', `${programs.java}:${join(agents, 'java/remora.jar')}`, 'Guard'],
            variables: {},
            prints: /^false false true true$/m,
            expected: silent,
          },
          trial(
            'beside another agent',
            leaves('OwnTelemetry'),
            served,
            ...['java', '-cp', `${programs.java}:${foreign}`, 'App'],
          ),
        ];
      }),
    ),
    skipped: versions.flatMap((version, index) => reasonOf(`Java ${version}`, found[index])),
  };
}

function foundPath(found: Found | undefined): readonly string[] {
  return found?.outcome === 'found' ? [found.path] : [];
}

function reasonOf(name: string, found: Found | undefined): readonly string[] {
  return found?.outcome === 'absent' ? [`${name}: ${found.reason}`] : [];
}
