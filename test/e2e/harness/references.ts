/**
 * Moves an image's reference under another prefix: with `mirror.example/remora` for `docker.io/remora`,
 * `docker.io/remora/remora:1` becomes `mirror.example/remora/remora:1`, and the test apps' `docker.io/remora-test/node:1`
 * becomes `mirror.example/remora-test/node:1`.
 */
export function rebased(reference: string, from: string, to: string): string {
  return reference.startsWith(from) ? `${to}${reference.slice(from.length)}` : reference;
}
