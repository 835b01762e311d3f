import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { parseCommand, type Command } from './arguments.ts';
import { ensureBinaries } from './binaries/build.ts';
import { processesIn } from './cgroups.ts';
import { loadImages } from './containerd.ts';
import { down, reap } from './down.ts';
import { layoutOf, nodeLayout, type Layout } from './layout.ts';
import { inNamespace } from './network.ts';
import { lastLines, logFile } from './processes.ts';
import { readRecords, type ClusterRecord } from './record.ts';
import { up } from './up.ts';

const usage = `npm run cluster -- <command> [--name <cluster>]     a Kubernetes of your own (name: dev, unless given)

  up [--nodes 2] [--proxy-mode iptables] [--feature-gates A=false,…] [--runtime-config a/v1=false,…]
                        starts it; it stays until it is taken down
  down [--dead]         takes it down, or only those whose run is gone
  list                  shows the clusters
  kubectl <words…>      runs kubectl against it (options of ours go before the word kubectl)
  run <words…>          runs a program in its network, which reaches pods and Services by their addresses
  logs [<program>]      names its logs, or prints the end of one
  load <archive…>       brings image archives into its nodes`;

const environment = process.env;
const report = (line: string): void => console.log(line);

process.exitCode = await execute(parseCommand(process.argv.slice(2))).catch((error: unknown) => {
  console.error(describe(error));
  return 1;
});

async function execute(command: Command): Promise<number> {
  switch (command.command) {
    case 'up':
      return await bringUp(command);
    case 'down':
      return await takeDown(command);
    case 'list':
      return await list();
    case 'kubectl': {
      const layout = layoutOf((await recordOf(command.name)).name, environment);
      const { kubectl = '' } = await ensureBinaries(['kubectl'], { environment, report });
      return await handOver(kubectl, ['--kubeconfig', layout.kubeconfig, ...command.words]);
    }
    case 'run': {
      const { networkNamespace } = firstNode(await recordOf(command.name));
      return await handOver('nsenter', [...inNamespace(networkNamespace), ...command.words]);
    }
    case 'logs':
      return await logs(layoutOf((await recordOf(command.name)).name, environment), command.program);
    case 'load': {
      const record = await recordOf(command.name);
      const binaries = await ensureBinaries(['ctr'], { environment, report });
      const images = command.archives.map((archive) => ({ archive, reference: archive }));
      await loadImages(images, layoutOf(record.name, environment), record.nodeNames, binaries, environment);
      return 0;
    }
    case 'help':
      console.log(command.mistake === undefined ? usage : `${command.mistake}\n\n${usage}`);
      return command.mistake === undefined ? 0 : 64;
  }
}

async function bringUp(command: Command & { readonly command: 'up' }): Promise<number> {
  const { name, nodes, proxyMode, featureGates, runtimeConfig } = command;
  const features = { featureGates, runtimeConfig };
  const cluster = await up({ name, nodes, proxyMode, features, persistent: true, environment, report });
  const which = name === 'dev' ? '' : ` --name ${name}`;
  console.log(`
cluster ${name} is up. Talk to it with
  npm run cluster --${which} kubectl get pods -A
or with a kubectl of your own:
  export KUBECONFIG=${cluster.kubeconfig}
Its pods and Services live in a network of their own, without a way out. Reach them with
  kubectl port-forward …
  npm run cluster --${which} run curl http://<address of a pod or Service>
Take it down with
  npm run cluster --${which} down`);
  return 0;
}

/** One cluster, by its name: others of the same cache may be someone else's. */
async function takeDown({ name, onlyDead }: Command & { readonly command: 'down' }): Promise<number> {
  for (const reaped of await reap(environment)) report(`took down ${reaped}, left by a run that is gone`);
  if (onlyDead) return 0;
  const record = (await readRecords(environment)).find((candidate) => candidate.name === name);
  if (record === undefined) {
    report(`no cluster ${name} is up`);
    return 0;
  }
  await down(record, environment);
  report(`took down ${name}`);
  return 0;
}

async function list(): Promise<number> {
  for (const record of await readRecords(environment)) {
    const layout = layoutOf(record.name, environment);
    const programs = await processesIn(layout.cgroup);
    const owner = record.owner === undefined ? 'stays' : `goes with process ${record.owner.pid}`;
    const nodes = record.nodeNames.join(', ');
    report(`${record.name}  ${nodes}  ${programs.length} processes  ${owner}  KUBECONFIG=${layout.kubeconfig}`);
  }
  return 0;
}

async function logs(layout: Layout, program: string | undefined): Promise<number> {
  if (program === undefined) {
    const names = (await readdir(layout.logs)).map((file) => file.replace(/\.log$/, ''));
    report(`${layout.logs}: ${names.sort().join(' ')}`);
  } else {
    report(await lastLines(logFile(layout, program), 200));
  }
  return 0;
}

async function recordOf(name: string): Promise<ClusterRecord> {
  const record = (await readRecords(environment)).find((candidate) => candidate.name === name);
  if (record === undefined) throw new Error(`no cluster ${name} is up; npm run cluster -- up --name ${name}`);
  return record;
}

function firstNode(record: ClusterRecord): ReturnType<typeof nodeLayout> {
  return nodeLayout(layoutOf(record.name, environment), record.nodeNames[0] ?? '');
}

/** Runs a program in this terminal; its exit code is ours. */
async function handOver(program: string, words: readonly string[]): Promise<number> {
  const child = spawn(program, words, { stdio: 'inherit' });
  // Ctrl-C reaches the child too, which decides what it means.
  process.on('SIGINT', () => undefined);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** An error with those that caused it, without stacks: these are for a person who runs a cluster. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\ncaused by: ${describe(error.cause)}`;
}
