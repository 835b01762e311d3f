import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestCluster } from './cluster.ts';

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly phase?: string;
  };
}

const failures = fileURLToPath(new URL('../../../build/failures', import.meta.url));
const shownEvents = 25;

/**
 * Keeps what explains a failed test: pods, events, descriptions and logs of the namespaces, in a folder of its own; and
 * returns the part of it that fits a terminal, with the folder's name.
 */
export async function explainFailure(
  cluster: TestCluster,
  suite: string,
  namespaces: readonly string[],
  now: Date,
): Promise<string> {
  const folder = join(failures, `${suite}-${now.toISOString().replace(/[:.]/g, '-')}`);
  await mkdir(folder, { recursive: true });
  const ask = async (...words: readonly string[]): Promise<string> =>
    await cluster.kubectl(...words).catch((error: unknown) => `${String(error)}\n`);
  const shown: string[] = [];
  for (const namespace of namespaces) {
    const within = ['--namespace', namespace];
    const pods = await ask('get', 'pods', ...within, '-o', 'wide');
    const events = await ask('get', 'events', ...within, '--sort-by=.lastTimestamp');
    await writeFile(join(folder, `${namespace}-pods.txt`), pods);
    await writeFile(join(folder, `${namespace}-events.txt`), events);
    await writeFile(join(folder, `${namespace}-describe.txt`), await ask('describe', 'pods', ...within));
    await writeFile(join(folder, `${namespace}-objects.yaml`), await ask('get', 'all', ...within, '-o', 'yaml'));
    shown.push(`--- pods of ${namespace}`, pods.trimEnd());
    shown.push(`--- events of ${namespace}`, ...events.trimEnd().split('\n').slice(-shownEvents));
    for (const pod of await podsOf(cluster, namespace)) {
      const words = ['logs', pod.metadata.name, ...within, '--all-containers', '--prefix', '--tail=2000'];
      const current = await ask(...words);
      const previous = await cluster.kubectl(...words, '--previous').catch(() => '');
      await writeFile(join(folder, `${namespace}-${pod.metadata.name}.log`), `${previous}${current}`);
      if (!isReady(pod)) {
        const last = `${previous}${current}`.trimEnd().split('\n').slice(-12);
        shown.push(`--- log of ${pod.metadata.name}, which is not ready`, ...last);
      }
    }
  }
  return [...shown, `all of it is kept in ${folder}`].join('\n');
}

async function podsOf(cluster: TestCluster, namespace: string): Promise<readonly Pod[]> {
  const listed = await cluster.client.list<Pod>({ group: '', version: 'v1', plural: 'pods' }, { namespace });
  return listed.outcome === 'ok' ? listed.value.items : [];
}

function isReady({ status }: Pod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' || status?.phase === 'Succeeded';
}
