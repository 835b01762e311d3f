import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../manifests/images/cache.ts';

/**
 * Starts a process that takes clusters of dead owners down as soon as this process ends, however it ends: it waits for
 * the other end of its input to close, which the kernel does. Returns its number.
 */
export function startGuard(environment: Environment): number | undefined {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const words = ['-c', 'cat > /dev/null; exec "$0" "$@"', process.execPath, main, 'down', '--dead'];
  // A session of its own, so that Ctrl-C in a terminal does not end it together with what it guards.
  const guard = spawn('sh', words, { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env: environment });
  guard.unref();
  // Its input stays open as long as this process lives, and does not keep it alive.
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  return guard.pid;
}
