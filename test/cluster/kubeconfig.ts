import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes a kubeconfig with one context, named after the cluster; certificates are named by their paths. */
export async function writeKubeconfig(
  path: string,
  options: { readonly cluster: string; readonly server: string; readonly pki: string; readonly identity: string },
): Promise<void> {
  const { cluster, server, pki, identity } = options;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': cluster,
    contexts: [{ name: cluster, context: { cluster, user: identity } }],
    clusters: [{ name: cluster, cluster: { server, 'certificate-authority': join(pki, 'ca.crt') } }],
    users: [
      {
        name: identity,
        user: { 'client-certificate': join(pki, `${identity}.crt`), 'client-key': join(pki, `${identity}.key`) },
      },
    ],
  };
  await writeFile(path, JSON.stringify(config, null, 2), { mode: 0o600 });
}
