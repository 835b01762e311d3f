import { resources } from '../../../../kube/resources.ts';
import type { KubeObject } from '../../../../kube/types.ts';
import { mendedAgainAndAgain, type Check, type Provoked } from './check.ts';
import { restartControl } from './lease.ts';
import { valueOf } from './outcome.ts';
import type { World } from './world.ts';

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>> | null;
}

type Stored = Pick<World, 'cluster' | 'namespace'>;

/** The text of one key of a Secret of Remora. */
export async function textIn({ cluster, namespace }: Stored, name: string, key: string): Promise<string | undefined> {
  const { data } = valueOf(await cluster.client.get<Secret>(resources.secrets, { namespace, name }));
  const value = data?.[key];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
}

export async function removeKey(world: Stored, name: string, key: string): Promise<void> {
  await writeKey(world, name, key, undefined);
}

async function writeKey(
  { cluster, namespace }: Stored,
  name: string,
  key: string,
  text: string | undefined,
): Promise<void> {
  const value = text === undefined ? null : Buffer.from(text).toString('base64');
  valueOf(await cluster.client.mergePatch(resources.secrets, { namespace, name }, { data: { [key]: value } }));
}

/** How a Secret is damaged, and how one sees that control mended it. */
interface Damage {
  readonly done: string;
  readonly mended: string;
  readonly breakIt: (world: World) => Promise<void>;
  readonly isMended: (world: World) => Promise<boolean>;
}

function removed(name: string, key: string): Damage {
  return {
    done: `${key} is taken out of ${name}`,
    mended: `control makes another ${key} of ${name}`,
    breakIt: (world) => removeKey(world, name, key),
    isMended: async (world) => (await textIn(world, name, key)) !== undefined,
  };
}

const retired = 'previous.json';

/** Taking the root itself away would leave one more to be trusted each time, until there are too many. */
const outlivedRoot: Damage = {
  done: 'a root whose time is over is put into remora-ca',
  mended: 'control takes a root whose time is over out of remora-ca',
  breakIt: async (world) => {
    const known = JSON.parse((await textIn(world, 'remora-ca', retired)) ?? '[]') as readonly unknown[];
    const past = { certificate: world.foreignRoot, retireAt: new Date(0).toISOString() };
    await writeKey(world, 'remora-ca', retired, JSON.stringify([...known, past]));
  },
  isMended: async (world) => {
    const roots = JSON.parse((await textIn(world, 'remora-ca', retired)) ?? '[]') as readonly {
      certificate?: string;
    }[];
    return !roots.some(({ certificate }) => certificate === world.foreignRoot);
  },
};

const damages = {
  'remora-ca': outlivedRoot,
  'remora-seal': removed('remora-seal', 'keys.json'),
  'remora-webhook-tls': removed('remora-webhook-tls', 'tls.crt'),
} as const;

/** Reading and writing: one damage shows it. */
export function mendsSecret(name: keyof typeof damages): Check {
  const { done, mended } = damages[name];
  return {
    shows: mended,
    provokedBy: done,
    recovers: 'by itself',
    provoke: async (world) => await Promise.resolve(damaged(world, damages[name], 1)),
  };
}

/** Hearing of it: control looks by itself about once a minute, so that only mending at once shows it. */
export function hearsOfSecret(name: keyof typeof damages): Check {
  const { done, mended } = damages[name];
  return {
    shows: `${mended}, at once`,
    provokedBy: `remora-control is restarted; then ${done}, again and again`,
    recovers: 'by itself',
    provoke: async (world) => {
      await restartControl(world);
      return damaged(world, damages[name], 6);
    },
  };
}

function damaged(world: World, { breakIt, isMended }: Damage, times: number): Provoked {
  const seen = mendedAgainAndAgain(
    times,
    () => breakIt(world),
    () => isMended(world),
  );
  return { seen, lines: world.control.lines };
}
