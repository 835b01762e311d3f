import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from '../../cluster/layout.ts';

/**
 * Writes a kubeconfig as a person has it: certificates in the file, a namespace in the context, and another cluster,
 * which does not answer, as the current one. What does not go by the context's name goes wrong.
 */
export async function writePersonsKubeconfig(
  path: string,
  context: string,
  server: string,
  layout: Layout,
): Promise<void> {
  const inline = async (file: string): Promise<string> => (await readFile(join(layout.pki, file))).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'elsewhere',
    contexts: [
      { name: 'elsewhere', context: { cluster: 'elsewhere', user: 'person' } },
      { name: context, context: { cluster: 'tests', user: 'person', namespace: 'nowhere' } },
    ],
    clusters: [
      { name: 'elsewhere', cluster: { server: 'https://127.0.0.1:1' } },
      { name: 'tests', cluster: { server, 'certificate-authority-data': await inline('ca.crt') } },
    ],
    users: [
      {
        name: 'person',
        user: { 'client-certificate-data': await inline('admin.crt'), 'client-key-data': await inline('admin.key') },
      },
    ],
  };
  await writeFile(path, JSON.stringify(config, null, 2), { mode: 0o600 });
}
