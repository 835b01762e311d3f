import type { ConfigurationAddress, WebhookConfiguration } from '../../../../certs/configurations.ts';
import { attemptUntil } from '../../../e2e/harness/attempts.ts';
import { mendedAgainAndAgain, type Check, type Provoked } from './check.ts';
import { restartControl } from './lease.ts';
import { valueOf } from './outcome.ts';
import { textIn } from './secrets.ts';
import type { World } from './world.ts';

/** Reading and writing the configuration. */
export function mendsBundle(of: ConfigurationAddress): Check {
  return {
    shows: `control heals the caBundle of the ${of.kind} ${of.name}`,
    provokedBy: 'someone edits the caBundle',
    recovers: 'by itself',
    provoke: async (world) => await Promise.resolve(edited(world, of, 1)),
  };
}

/** Hearing of the edit: control looks by itself about once a minute. */
export function hearsOfBundle(of: ConfigurationAddress): Check {
  return {
    shows: `control heals the caBundle of the ${of.kind} ${of.name}, at once`,
    provokedBy: 'remora-control is restarted; then someone edits the caBundle, again and again',
    recovers: 'by itself',
    provoke: async (world) => {
      await restartControl(world);
      return edited(world, of, 6);
    },
  };
}

function edited(world: World, { type, name }: ConfigurationAddress, times: number): Provoked {
  const { client } = world.cluster;
  const read = async (): Promise<WebhookConfiguration> =>
    valueOf(await client.get<WebhookConfiguration>(type, { name }));
  const edit = async (): Promise<void> => {
    const caBundle = Buffer.from(world.foreignRoot).toString('base64');
    await attemptUntil('the caBundle is edited', 10_000, async () => {
      const configuration = await read();
      const webhooks = (configuration.webhooks ?? []).map((entry) => ({
        ...entry,
        clientConfig: { ...entry.clientConfig, caBundle },
      }));
      const written = await client.replace(type, { ...configuration, ...{ webhooks } });
      // Control may be writing too.
      return written.outcome === 'failed' && written.code === 'Conflict' ? undefined : valueOf(written);
    });
  };
  const isHealed = async (): Promise<boolean> => {
    const bundle = Buffer.from((await textIn(world, 'remora-webhook-tls', 'ca.crt')) ?? '').toString('base64');
    const { webhooks = [] } = await read();
    return webhooks.length > 0 && webhooks.every(({ clientConfig }) => clientConfig.caBundle === bundle);
  };
  return { seen: mendedAgainAndAgain(times, edit, isHealed), lines: world.control.lines };
}
