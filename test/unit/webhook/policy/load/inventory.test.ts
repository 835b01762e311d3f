import { expect } from 'chai';
import type { Template } from '../../../../../settings/policies/gatekeeper/types.ts';
import type { InventoryKind } from '../../../../../settings/policies/types.ts';
import { inventoryOfTemplate, inventoryProblems } from '../../../../../webhook/policy/load/inventory.ts';
import { kindText } from '../../../../../webhook/policy/load/readable.ts';
import { served } from './served.ts';

const services = { group: '', version: 'v1', kind: 'Service' };
const pods = { group: '', version: 'v1', kind: 'Pod' };
const ingresses = { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' };
const oldIngresses = { group: 'extensions', version: 'v1beta1', kind: 'Ingress' };
const secrets = { group: '', version: 'v1', kind: 'Secret' };
const readable = ['services', 'networking.k8s.io/ingresses'];

function template(inventory: Template['inventory'], isReferential = true): Template {
  const source = { files: [], regoVersion: 'v0', entrypoints: [] } as const;
  return { kind: 'Unique', source, places: [], schema: undefined, operations: [], inventory, isReferential };
}

describe('policy/load: data.inventory of a template', () => {
  const find = (
    required: Template['inventory'],
    synced: readonly InventoryKind[] = [],
    isReferential = true,
  ): readonly (readonly string[])[] => {
    const found = inventoryOfTemplate(template(required, isReferential), synced, served, readable);
    return [found.kinds.map(kindText), found.problems.map(({ value }) => value)];
  };

  const table: readonly (readonly [
    what: string,
    required: Template['inventory'],
    synced: readonly InventoryKind[],
    kinds: readonly string[],
    missing: readonly string[],
  ])[] = [
    ['nothing that it declares', [], [], [], []],
    ['a kind that is there', [[services]], [], ['v1/Service'], []],
    ['one of each list', [[services], [ingresses]], [], ['v1/Service', 'networking.k8s.io/v1/Ingress'], []],
    ['the first of a list that is served', [[oldIngresses, ingresses]], [], ['networking.k8s.io/v1/Ingress'], []],
    ['the first of a list that is readable', [[pods, services, ingresses]], [], ['v1/Service'], []],
    ['what a SyncSet beside it names', [], [services], ['v1/Service'], []],
    ['what both name, once', [[services]], [services, ingresses], ['v1/Service', 'networking.k8s.io/v1/Ingress'], []],
    ['a kind that nobody serves', [[oldIngresses]], [], [], ['extensions/v1beta1/Ingress']],
    ['a kind that is not listed', [[pods], [services]], [], ['v1/Service'], ['v1/Pod']],
    ['only alternatives that cannot be had', [[pods, secrets]], [], [], ['v1/Pod or v1/Secret']],
    ['a list without kinds', [[]], [], [], ['']],
    ['a SyncSet’s kind that is not listed', [], [secrets, services], ['v1/Service'], ['v1/Secret']],
  ];
  for (const [what, required, synced, kinds, missing] of table) {
    it(`${what}: has ${kinds.join(', ') || 'none'}${missing.length === 0 ? '' : `, misses ${missing.join()}`}`, () => {
      expect(find(required, synced)).to.deep.equal([kinds, missing]);
    });
  }

  it('is nothing, and misses nothing, where its Rego does not look', () => {
    expect(find([[services], [secrets]], [pods], false)).to.deep.equal([[], []]);
  });

  it('says of what it misses who asks for it, and what may be asked for', () => {
    const document = {
      kind: 'gatekeeper',
      templates: [template([[pods]]), template([[pods]], false)],
      constraints: [],
      expansions: [],
      inventory: [secrets],
      onFailure: 'allow',
    } as const;
    const allowed =
      "what the API server serves and the chart's policies.readable lists: services, networking.k8s.io/ingresses";
    expect(inventoryProblems(document, served, readable)).to.deep.equal([
      {
        code: 'InventoryNotReadable',
        field: 'ConstraintTemplate Unique: metadata.gatekeeper.sh/requires-sync-data',
        value: 'v1/Pod',
        allowed,
      },
      {
        code: 'InventoryNotReadable',
        field: 'SyncSet or Config, which ConstraintTemplate Unique reads',
        value: 'v1/Secret',
        allowed,
      },
    ]);
  });
});
