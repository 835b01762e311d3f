import { readFile, readdir, stat } from 'node:fs/promises';
import { layoutOf } from '../../cluster/layout.ts';
import { start } from '../../cluster/processes.ts';
import type { ClusterNetwork } from '../harness/cluster.ts';

/** The API server of a test cluster: a process of this machine. */
export interface ApiServer {
  /** Kills it, as when its machine loses power. */
  kill(): void;
  /** Starts it again with the words that it had. */
  start(): Promise<void>;
}

const networkNamespaces = '/run/netns/';

/**
 * Finds the API server that runs in a cluster's network.
 *
 * @throws Error when there is none.
 */
export async function findApiServer({ command }: ClusterNetwork): Promise<ApiServer> {
  const path = command.map((word) => word.slice(word.indexOf('/'))).find((word) => word.startsWith(networkNamespaces));
  if (path === undefined) throw new Error(`no network namespace in: ${command.join(' ')}`);
  const networkNamespace = path.slice(networkNamespaces.length);
  const { ino } = await stat(path);
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').slice(0, -1);
    const [program = ''] = words;
    if (!program.endsWith('/kube-apiserver')) continue;
    if ((await stat(`/proc/${pid}/ns/net`)).ino !== ino) continue;
    // remora-<cluster>-node1
    const layout = layoutOf(networkNamespace.replace(/^remora-/, '').replace(/-node1$/, ''), process.env);
    return {
      kill: () => void process.kill(Number(pid), 'SIGKILL'),
      start: async () => {
        await start({ name: 'apiserver', path: program, words: words.slice(1), networkNamespace }, layout, process.env);
      },
    };
  }
  throw new Error(`no API server runs in ${networkNamespace}`);
}
