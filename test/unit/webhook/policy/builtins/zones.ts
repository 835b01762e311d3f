import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { zoneFilesByName } from '../../../../../webhook/policy/builtins/time/zones.ts';

/**
 * For the tests of the suite that calls it, OPA reads the time zones that we ship, not those of this machine, which may
 * be older or newer, and its local time is UTC. To be called within `describe`.
 */
export function shipZones(): void {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'remora-zones-'));
    for (const [name, file] of zoneFilesByName()) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), file);
    }
    process.env['ZONEINFO'] = folder;
    process.env['TZ'] = 'UTC';
  });
  after(async () => {
    delete process.env['ZONEINFO'];
    await rm(folder, { recursive: true });
  });
}
