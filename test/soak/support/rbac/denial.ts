import type { Grant } from './grants.ts';

/**
 * The first of the lines in which a process says that the API server refused it just this right.
 *
 * The API server's sentence names the object, who asked, verb, resource and group (apiserver, responsewriters):
 * `secrets "remora-ca" is forbidden: User "system:serviceaccount:remora-system:remora-control" cannot get resource
 * "secrets" in API group "" in the namespace "remora-system"`.
 */
export function denialIn(lines: readonly string[], namespace: string, { account, right }: Grant): string | undefined {
  if ('path' in right) return undefined;
  const { verb, group, resource, name } = right;
  const user = `system:serviceaccount:${namespace}:${account}`;
  const refused = `User "${user}" cannot ${verb} resource "${resource}" in API group "${group}"`;
  const about = `"${name ?? ''}" is forbidden`;
  return lines.map(messageIn).find((text) => text.includes(refused) && (name === undefined || text.includes(about)));
}

/** The `message` of a log line, or the line as it is when a process prints it without being asked to log. */
function messageIn(line: string): string {
  try {
    const { message } = JSON.parse(line) as { readonly message?: unknown };
    return typeof message === 'string' ? message : '';
  } catch {
    return line;
  }
}
