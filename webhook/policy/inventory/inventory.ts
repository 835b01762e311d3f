import { createInformer } from '../../../kube/informer.ts';
import type { Informer, KubeClient, KubeObject } from '../../../kube/types.ts';
import type { Timer } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/log.ts';
import { writeReview } from '../../../settings/policies/gatekeeper/json.ts';
import type { InventoryKind } from '../../../settings/policies/types.ts';
import type { Kinds } from '../../../kube/kinds.ts';
import type { LoadedPolicy } from '../registry/loaded.ts';
import { inventoryJson } from './layout.ts';
import type { Entry } from './layout.ts';

/** The `data` of a policy, or why there is none yet. */
export type InventoryData =
  | { readonly outcome: 'known'; readonly key: string; readonly json: Uint8Array }
  | { readonly outcome: 'unknown'; readonly message: string };

/** Objects of the cluster that policies ask for, in memory. */
export interface Inventory {
  /** Follows the kinds that these policies declare, and no others. */
  follow(policies: readonly LoadedPolicy[]): void;
  /**
   * Follows what these policies declare besides, before they are in force; resolves when all of it is in memory, or after
   * `waitMs`. Without it a new policy could not judge its first requests.
   */
  prepare(policies: readonly LoadedPolicy[], waitMs: number): Promise<void>;
  /** Kinds that are followed and not yet in memory. */
  readonly missing: readonly string[];
  /** What a policy may see: everything, or for a policy of a namespace what is in that namespace. */
  dataOf(policy: LoadedPolicy): InventoryData;
}

export interface InventoryOptions {
  readonly client: KubeClient;
  readonly kinds: Pick<Kinds, 'served'>;
  readonly timer: Timer;
  readonly random: () => number;
  readonly log: Logger;
}

interface Followed {
  readonly informer: Informer<Entry>;
  readonly stop: AbortController;
  /** Resolves when the first list is in memory, or when it is stopped. */
  readonly listed: Promise<void>;
  /** Counts changes. */
  version: number;
}

/** Makes an inventory that follows nothing yet; everything ends with `signal`. */
export function createInventory(options: InventoryOptions, signal: AbortSignal): Inventory {
  const { client, kinds, timer, random, log } = options;
  const followed = new Map<string, Followed>();
  const written = new Map<string, { readonly key: string; readonly json: Uint8Array }>();

  const start = (kind: InventoryKind): Followed | undefined => {
    const type = kinds.served.find(
      (each) => each.group === kind.group && each.version === kind.version && each.kind === kind.kind,
    );
    if (type === undefined) return undefined;
    const groupVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
    const informer = createInformer<KubeObject, Entry>({
      client,
      type,
      timer,
      random,
      log,
      keep: (object) => ({
        namespace: object.metadata.namespace ?? '',
        groupVersion,
        kind: kind.kind,
        name: object.metadata.name ?? '',
        // An item of a list carries neither kind nor apiVersion; Gatekeeper's inventory has both.
        json: JSON.stringify(withoutManagedFields({ apiVersion: groupVersion, kind: kind.kind, ...object })),
      }),
    });
    const stop = new AbortController();
    signal.addEventListener('abort', () => stop.abort(), { once: true });
    const one: Followed = { informer, stop, listed: informer.start(stop.signal), version: 0 };
    informer.onChange(() => (one.version += 1));
    return one;
  };

  /** Kinds that policies will want in a moment, and how many of them. */
  const expected = new Map<string, number>();
  const expect = (names: Iterable<string>, change: 1 | -1): void => {
    for (const name of names) expected.set(name, (expected.get(name) ?? 0) + change);
  };
  const startAll = (wanted: ReadonlyMap<string, InventoryKind>): void => {
    for (const [name, kind] of wanted) {
      if (followed.has(name)) continue;
      const one = start(kind);
      if (one !== undefined) followed.set(name, one);
    }
  };

  return {
    prepare: async (policies, waitMs) => {
      const wanted = kindsOf(policies);
      startAll(wanted);
      const lists = [...wanted.keys()].flatMap((name) => followed.get(name)?.listed ?? []);
      expect(wanted.keys(), 1);
      // Whoever prepared has the policies in force by then, and they are followed for that.
      void timer.wait(2 * waitMs, signal).then(() => expect(wanted.keys(), -1));
      await Promise.race([Promise.all(lists), timer.wait(waitMs, signal)]);
    },
    follow: (policies) => {
      const wanted = kindsOf(policies);
      startAll(wanted);
      for (const [name, { stop }] of followed) {
        if (wanted.has(name) || (expected.get(name) ?? 0) > 0) continue;
        stop.abort();
        followed.delete(name);
      }
      written.clear();
    },
    get missing() {
      return [...followed].filter(([, { informer }]) => !informer.isSynced).map(([name]) => name);
    },
    dataOf: ({ name, isForAll, inventory, input }) => {
      const names = inventory.map(nameOf).sort();
      const scope = isForAll ? undefined : name.namespace;
      const slot = `${input} ${scope ?? ''} ${names.join(',')}`;
      const informers = names.map((each) => followed.get(each));
      const missing = names.filter((_, at) => informers[at]?.informer.isSynced !== true);
      if (missing.length > 0) {
        return { outcome: 'unknown', message: `data.inventory has no ${missing.join(', ')} yet` };
      }
      const key = `${slot} ${informers.map((one) => one?.version ?? 0).join(',')}`;
      const known = written.get(slot);
      if (known?.key === key) return { outcome: 'known', ...known };
      const entries = informers.flatMap((one) => [
        ...((scope === undefined ? one?.informer.all() : one?.informer.inNamespace(scope)) ?? []),
      ]);
      const made = { key, json: shared(inventoryJson(input === 'native' ? entries : entries.map(asGatekeeper))) };
      written.set(slot, made);
      return { outcome: 'known', ...made };
    },
  };
}

function kindsOf(policies: readonly LoadedPolicy[]): ReadonlyMap<string, InventoryKind> {
  return new Map(policies.flatMap(({ inventory }) => inventory.map((kind) => [nameOf(kind), kind])));
}

function nameOf({ group, version, kind }: InventoryKind): string {
  return `${group === '' ? '' : `${group}/`}${version}/${kind}`;
}

/** Gatekeeper spells numbers otherwise. */
function asGatekeeper(entry: Entry): Entry {
  return { ...entry, json: writeReview(JSON.parse(entry.json)) };
}

/** Half of an object's size, and nothing that a policy would ask for. */
function withoutManagedFields(object: KubeObject): unknown {
  const { managedFields: _, ...metadata } = object.metadata as Readonly<Record<string, unknown>>;
  return { ...object, metadata };
}

/** In memory that every thread reads where it is. */
function shared(text: string): Uint8Array {
  const bytes = Buffer.from(new SharedArrayBuffer(Buffer.byteLength(text)));
  bytes.write(text);
  return bytes;
}
