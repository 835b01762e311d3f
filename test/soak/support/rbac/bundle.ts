import { type WebhookConfiguration } from '../../../../certs/configurations.ts';
import { resources } from '../../../../kube/resources.ts';
import { attemptUntil } from '../../../e2e/harness/attempts.ts';
import { mendedAgainAndAgain, type Check, type Provoked } from './check.ts';
import { restartControl } from './lease.ts';
import { valueOf } from './outcome.ts';
import { textIn } from './secrets.ts';
import type { World } from './world.ts';

const types = {
  MutatingWebhookConfiguration: resources.mutatingWebhookConfigurations,
  ValidatingWebhookConfiguration: resources.validatingWebhookConfigurations,
} as const;

type Kind = keyof typeof types;

/** Reading and writing the configuration. */
export function mendsBundle(kind: Kind): Check {
  return {
    shows: `control heals the caBundle of the ${kind}`,
    provokedBy: 'someone edits the caBundle',
    recovers: 'by itself',
    provoke: async (world) => await Promise.resolve(edited(world, kind, 1)),
  };
}

/** Hearing of the edit: control looks by itself about once a minute. */
export function hearsOfBundle(kind: Kind): Check {
  return {
    shows: `control heals the caBundle of the ${kind}, at once`,
    provokedBy: 'remora-control is restarted; then someone edits the caBundle, again and again',
    recovers: 'by itself',
    provoke: async (world) => {
      await restartControl(world);
      return edited(world, kind, 6);
    },
  };
}

function edited(world: World, kind: Kind, times: number): Provoked {
  const { client } = world.cluster;
  const type = types[kind];
  const read = async (): Promise<WebhookConfiguration> =>
    valueOf(await client.get<WebhookConfiguration>(type, { name: 'zz-remora' }));
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
