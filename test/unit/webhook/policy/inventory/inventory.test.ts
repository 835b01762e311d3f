import { expect } from 'chai';
import { systemTimer } from '../../../../../runtime/clock.ts';
import { silentLogger } from '../../../../../runtime/log.ts';
import type { InventoryKind } from '../../../../../settings/policies/types.ts';
import { createInventory } from '../../../../../webhook/policy/inventory/inventory.ts';
import type { Inventory } from '../../../../../webhook/policy/inventory/inventory.ts';
import { inventoryJson } from '../../../../../webhook/policy/inventory/layout.ts';
import type { LoadedPolicy } from '../../../../../webhook/policy/registry/loaded.ts';
import { refuse, startApiServer } from '../../../kube/apiserver.ts';
import type { ApiServer } from '../../../kube/apiserver.ts';
import { clientOf, eventually } from '../../../kube/clients.ts';
import { loadedPolicy } from '../loaded.ts';

const services = { group: '', version: 'v1', kind: 'Service' };
const policy = (namespace: string, isForAll: boolean, ...inventory: readonly InventoryKind[]): LoadedPolicy =>
  loadedPolicy({ namespace, name: 'p' }, { isForAll, inventory });

describe('policy/inventory', () => {
  let api: ApiServer;
  let stop: AbortController;
  let inventory: Inventory;
  const everyone = policy('remora-system', true, services);
  const shop = policy('shop', false, services);
  const put = (namespace: string, name: string, more = {}): unknown =>
    api.put(`/api/v1/namespaces/${namespace}/services/${name}`, { metadata: { namespace, name, ...more } });
  const seen = (of: LoadedPolicy): unknown => {
    const data = inventory.dataOf(of);
    return data.outcome === 'known'
      ? (JSON.parse(Buffer.from(data.json).toString()) as { inventory: unknown }).inventory
      : data.outcome;
  };

  beforeEach(async () => {
    api = await startApiServer();
    stop = new AbortController();
    const served = [{ ...services, plural: 'services', isNamespaced: true }];
    const common = { timer: systemTimer, random: () => 0.1, log: silentLogger };
    inventory = createInventory({ ...common, client: clientOf(api.url), kinds: { served } }, stop.signal);
    put('shop', 'web', { managedFields: [{ manager: 'x' }] });
    put('bank', 'vault');
  });
  afterEach(async () => {
    stop.abort();
    await api.close();
  });

  const object = (namespace: string, name: string): unknown => ({
    [namespace]: { v1: { Service: { [name]: { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name } } } } },
  });

  it('shows everything to a policy for all, and to a namespace’s policy its own namespace alone', async () => {
    inventory.follow([everyone, shop]);
    await eventually(() => inventory.dataOf(everyone).outcome === 'known');
    const found = JSON.parse(
      JSON.stringify(seen(shop), (key, value: unknown) =>
        key === 'resourceVersion' || key === 'uid' ? undefined : value,
      ),
    ) as unknown;
    expect(found).to.deep.equal({ cluster: {}, namespace: object('shop', 'web') });
    expect(JSON.stringify(seen(everyone))).to.contain('vault');
    expect(JSON.stringify(seen(shop))).to.not.contain('vault');
  });

  it('has another key, and the new content, after a change; else the same', async () => {
    inventory.follow([everyone]);
    await eventually(() => inventory.dataOf(everyone).outcome === 'known');
    const before = inventory.dataOf(everyone);
    expect(inventory.dataOf(everyone)).to.deep.equal(before);
    put('shop', 'later');
    await eventually(() => JSON.stringify(seen(everyone)).includes('later'));
    const after = inventory.dataOf(everyone);
    expect(after.outcome === 'known' && before.outcome === 'known' && after.key !== before.key).to.equal(true);
  });

  it('says what is not known: before the first list, for a kind that nobody serves, and after it was let go', async () => {
    expect(inventory.dataOf(everyone).outcome).to.equal('unknown');
    const things = policy('remora-system', true, { group: 'x.dev', version: 'v1', kind: 'Thing' });
    inventory.follow([everyone, things]);
    await eventually(() => inventory.dataOf(everyone).outcome === 'known');
    expect(inventory.dataOf(things)).to.deep.equal({
      outcome: 'unknown',
      message: 'data.inventory has no x.dev/v1/Thing yet',
    });
    inventory.follow([]);
    expect(inventory.dataOf(everyone).outcome).to.equal('unknown');
    await eventually(() => api.openWatches === 0);
  });

  it('has what a policy wants before it is in force, and keeps it until it is', async () => {
    await inventory.prepare([everyone], 5_000);
    expect(inventory.dataOf(everyone).outcome).to.equal('known');
    // Others come and go meanwhile.
    inventory.follow([]);
    expect(inventory.dataOf(everyone).outcome).to.equal('known');
    inventory.follow([everyone]);
    expect(inventory.missing).to.deep.equal([]);
  });

  it('waits no longer than it may for what does not come, and lets it go when nobody wants it after all', async () => {
    api.faults.push(({ path }, response) => path.includes('/services') && refuse(response, 403, 'Forbidden'));
    await inventory.prepare([everyone], 50);
    expect(inventory.missing).to.deep.equal(['v1/Service']);
    await eventually(() => {
      inventory.follow([]);
      return inventory.missing.length === 0;
    });
  });

  it('lays out names that JavaScript keeps for itself like any other', () => {
    const entry = { groupVersion: 'v1', kind: 'ConfigMap', json: '1' };
    const names = ['__proto__', 'constructor', 'toString'];
    const json = inventoryJson(
      names.flatMap((name) => [
        { ...entry, namespace: '', name },
        { ...entry, namespace: name, name },
      ]),
    );
    for (const name of names) expect(json.split(`"${name}":`)).to.have.length(4);
  });
});
