import { expect } from 'chai';
import fc from 'fast-check';
import { buildInventory } from '../../../../../settings/policies/gatekeeper/inventory.ts';
import type { KubeObject } from '../../../../../settings/policies/object.ts';

function object(apiVersion: string, kind: string, name: string, namespace?: string): KubeObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('settings/policies/gatekeeper/inventory', () => {
  it('lays objects out as Gatekeeper does', () => {
    const node = object('v1', 'Node', 'one');
    const pod = object('v1', 'Pod', 'a', 'shop');
    const ingress = object('networking.k8s.io/v1', 'Ingress', 'web', 'shop');
    expect(plain(buildInventory([node, pod, ingress]))).to.deep.equal({
      cluster: { v1: { Node: { one: node } } },
      namespace: { shop: { v1: { Pod: { a: pod } }, 'networking.k8s.io/v1': { Ingress: { web: ingress } } } },
    });
  });

  it('is empty of nothing, and of objects that have no place', () => {
    expect(plain(buildInventory([]))).to.deep.equal({ cluster: {}, namespace: {} });
    expect(plain(buildInventory([{ kind: 'Pod' }, { apiVersion: 'v1' }, {}]))).to.deep.equal({
      cluster: {},
      namespace: {},
    });
  });

  it('takes names of JavaScript’s own for names', () => {
    const odd = [object('v1', 'constructor', 'toString', '__proto__'), object('v1', '__proto__', 'x')];
    const { cluster, namespace } = buildInventory(odd);
    expect(Object.entries(namespace['__proto__']?.['v1'] ?? {})).to.deep.equal([
      ['constructor', Object.assign(Object.create(null), { toString: odd[0] })],
    ]);
    expect(cluster['v1']?.['__proto__']?.['x']).to.equal(odd[1]);
  });

  it('holds the last object of each place, and no other', () => {
    const name = fc.constantFrom('a', 'b');
    const any = fc.tuple(
      fc.constantFrom('v1', 'apps/v1'),
      fc.constantFrom('A', 'B'),
      name,
      fc.option(name, { nil: undefined }),
    );
    fc.assert(
      fc.property(fc.array(any), (rows) => {
        const objects = rows.map(([apiVersion, kind, of, home]) => object(apiVersion, kind, of, home));
        const inventory = buildInventory(objects);
        const places = new Map(rows.map((row, at) => [row.join(' '), objects[at]]));
        for (const [key, last] of places) {
          const [apiVersion = '', kind = '', of = '', home = ''] = key.split(' ');
          const level = home === '' ? inventory.cluster : inventory.namespace[home];
          expect(level?.[apiVersion]?.[kind]?.[of]).to.equal(last);
        }
        const count = (value: object, depth: number): number =>
          depth === 0
            ? 1
            : Object.values(value as Record<string, object>).reduce((sum, part) => sum + count(part, depth - 1), 0);
        expect(count(inventory.cluster, 3) + count(inventory.namespace, 4)).to.equal(places.size);
      }),
    );
  });
});
