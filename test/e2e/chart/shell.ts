import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../../manifests/images/command.ts';
import { ensureBinaries } from '../../cluster/binaries/build.ts';
import type { TestCluster } from '../harness/cluster.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** A person's shell, in the folder of the repository, whose kubectl and helm mean the test's cluster. */
export interface Shell {
  /** Runs a command line to its end. Returns what it printed, errors too. @throws Error when it fails. */
  type(line: string): Promise<string>;
  /** Starts a command line that goes on; resolves when it has printed `until`. Returns the way to stop it. */
  start(line: string, until: RegExp): Promise<() => void>;
  close(): Promise<void>;
}

export async function openShell(cluster: TestCluster): Promise<Shell> {
  const folder = await mkdtemp(join(tmpdir(), 'remora-shell-'));
  const { helm = '' } = await ensureBinaries(['helm'], { environment: process.env, report: console.log });
  const [kubectl = '', ...own] = cluster.kubectlCommand;
  const [kubeconfig = '', context = ''] = ['--kubeconfig', '--context'].map((flag) => own[own.indexOf(flag) + 1]);
  const scripts = {
    kubectl: `exec '${kubectl}' ${own.map((word) => `'${word}'`).join(' ')} "$@"`,
    helm: `exec '${helm}' "$@" --kubeconfig '${kubeconfig}' --kube-context '${context}'`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  const environment = {
    ...process.env,
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    HELM_CACHE_HOME: join(folder, 'cache'),
    HELM_CONFIG_HOME: join(folder, 'config'),
    HELM_DATA_HOME: join(folder, 'data'),
  };
  return {
    type: async (line) => await run('sh', ['-ec', line], environment, { folder: repository, withErrors: true }),
    start: async (line, until) => {
      const child = spawn('sh', ['-c', `exec ${line}`], { cwd: repository, env: environment });
      await new Promise<void>((resolve, reject) => {
        let printed = '';
        const read = (text: Buffer): void => {
          printed += text.toString();
          if (until.test(printed)) resolve();
        };
        child.stdout.on('data', read);
        child.stderr.on('data', read);
        child.once('error', reject);
        child.once('exit', () => reject(new Error(`${line}: ${printed}`)));
      });
      return () => void child.kill();
    },
    close: async () => {
      await rm(folder, { recursive: true });
    },
  };
}
