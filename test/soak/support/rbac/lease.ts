import { resources } from '../../../../kube/resources.ts';
import type { KubeObject } from '../../../../kube/types.ts';
import { attemptUntil } from '../../../e2e/harness/attempts.ts';
import type { Check } from './check.ts';
import { valueOf } from './outcome.ts';
import type { World } from './world.ts';

interface Lease extends KubeObject {
  readonly spec?: { readonly holderIdentity?: string };
}

const leadsMs = 60_000;

export const holdsLease: Check = {
  shows: 'remora-control holds its lease',
  provokedBy: 'the holder is taken out of the Lease',
  recovers: 'by itself',
  provoke: async (world) => {
    const { cluster, namespace, control } = world;
    const address = { namespace, name: 'remora-control' };
    valueOf(await cluster.client.mergePatch(resources.leases, address, { spec: { holderIdentity: null } }));
    return {
      seen: async () => ((await leads(world)) ? `${control.podName} holds it` : undefined),
      lines: control.lines,
    };
  },
};

/** Restarts control, and resolves when the new pod leads. */
export async function restartControl(world: World): Promise<void> {
  await world.control.restart();
  await attemptUntil('the new pod of remora-control leads', leadsMs, async () =>
    (await leads(world)) ? true : undefined,
  );
}

async function leads({ cluster, namespace, control }: World): Promise<boolean> {
  const lease = await cluster.client.get<Lease>(resources.leases, { namespace, name: 'remora-control' });
  return valueOf(lease).spec?.holderIdentity === control.podName;
}
