import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { shown } from '../runtime/problem.ts';
import type { Parsed, Problem } from '../runtime/problem.ts';
import type { Connection, Credentials } from './connection.ts';

type Entry = Readonly<Record<string, unknown>>;

function entry(value: unknown): Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : {};
}

function textOf(from: Entry, key: string): string | undefined {
  const value = from[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The body of the named item in a kubeconfig's list: `clusters[].{name,cluster}` and so on. */
function named(list: unknown, name: string | undefined, body: string): Entry | undefined {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  const found = items.map(entry).find((item) => item.name === name);
  return found === undefined ? undefined : entry(found[body]);
}

async function pem(from: Entry, key: string, folder: string): Promise<string | undefined> {
  const data = textOf(from, `${key}-data`);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const file = textOf(from, key);
  return file === undefined ? undefined : readFile(resolve(folder, file), 'utf8');
}

async function credentialsOf(cluster: Entry, user: Entry, folder: string): Promise<Credentials> {
  const tokenFile = textOf(user, 'tokenFile');
  const token =
    tokenFile === undefined ? textOf(user, 'token') : (await readFile(resolve(folder, tokenFile), 'utf8')).trim();
  const ca = await pem(cluster, 'certificate-authority', folder);
  const certificate = await pem(user, 'client-certificate', folder);
  const key = await pem(user, 'client-key', folder);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(token === undefined ? {} : { token }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
  };
}

/**
 * Reads one kubeconfig file: certificates, keys and tokens in it or in files that it names.
 *
 * For development and tests; a pod uses `inClusterConnection`. Plugins (`exec`, `auth-provider`) are refused with
 * a problem: they start programs.
 */
export async function kubeconfigConnection(path: string, context?: string): Promise<Parsed<Connection>> {
  const problems: Problem[] = [];
  const refuse = (field: string, value: unknown, allowed: string): void =>
    void problems.push({ code: 'InvalidKubeconfig', field: `${path}: ${field}`, value: shown(value), allowed });

  const file = entry(parse(await readFile(path, 'utf8')));
  const contextName = context ?? textOf(file, 'current-context');
  const chosen = named(file.contexts, contextName, 'context');
  if (chosen === undefined) refuse('current-context', contextName ?? '', 'the name of one of the contexts');
  const cluster = named(file.clusters, chosen && textOf(chosen, 'cluster'), 'cluster');
  const user = named(file.users, chosen && textOf(chosen, 'user'), 'user') ?? {};
  const server = cluster === undefined ? undefined : textOf(cluster, 'server');
  if (chosen !== undefined && server === undefined) refuse('clusters[].cluster.server', '', 'a URL');
  if (server !== undefined && !URL.canParse(server)) refuse('clusters[].cluster.server', server, 'a URL');
  for (const plugin of ['exec', 'auth-provider']) {
    if (plugin in user) refuse(`users[].user.${plugin}`, '', 'a token or a client certificate; plugins are not run');
  }
  if (problems.length > 0 || chosen === undefined || cluster === undefined || server === undefined) {
    return { outcome: 'refused', problems };
  }
  const serverName = textOf(cluster, 'tls-server-name');
  const folder = dirname(path);
  return {
    outcome: 'parsed',
    value: {
      server: new URL(server),
      namespace: textOf(chosen, 'namespace') ?? 'default',
      ...(serverName === undefined ? {} : { serverName }),
      skipVerify: cluster['insecure-skip-tls-verify'] === true,
      credentials: () => credentialsOf(cluster, user, folder),
    },
  };
}
