import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { fragmentOf } from '../../../../../webhook/policy/fix/fragment.ts';

type Json = Readonly<Record<string, unknown>>;
type Named = Json & { readonly name: string };

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function areNamed(items: readonly unknown[]): items is readonly Named[] {
  const names = items.map((item) => (isMap(item) ? item['name'] : undefined));
  return names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
}

/** Does by hand what a person does who reads a fragment: written apart from the code that makes fragments. */
function merged(before: unknown, change: unknown): unknown {
  if (Array.isArray(change)) return mergedList(Array.isArray(before) ? before : [], change);
  if (!isMap(change)) return change;
  const kept = new Map(isMap(before) ? Object.entries(before) : []);
  for (const [key, value] of Object.entries(change)) {
    if (value === null) kept.delete(key);
    else kept.set(key, merged(kept.get(key), value));
  }
  return Object.fromEntries(kept);
}

function mergedList(before: readonly unknown[], change: readonly unknown[]): unknown {
  const [first, ...others] = change;
  if (isMap(first) && first['$patch'] === 'replace') return others;
  if (!areNamed(before) || !areNamed(change)) return change;
  const items = new Map(before.map((item) => [item.name, item]));
  for (const item of change) {
    if (item['$patch'] === 'delete') items.delete(item.name);
    else items.set(item.name, merged(items.get(item.name), item) as Named);
  }
  return [...items.values()];
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const key = fc.constantFrom('x', 'y', 'name', 'constructor', 'remora.dev/z', '0');
const scalar = fc.oneof(fc.boolean(), fc.integer(), fc.string(), fc.constantFrom('null', '~', 'no', '2026-11-25', ''));
const { value: anyValue } = fc.letrec<{ readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(name, fc.dictionary(key, tie('value'), { maxKeys: 3 })), {
        maxLength: 4,
        selector: ([of]) => of,
      })
      .map((items) => items.map(([of, more]) => ({ ...more, name: of }))),
  ),
}));
const anyObject = fc.dictionary(key, anyValue, { maxKeys: 5 });

/** Objects that are mostly alike, as they are before and after a patch. */
const pair = fc.oneof(
  fc.tuple(anyObject, anyObject),
  fc.tuple(anyObject, key, anyValue).map(([before, at, value]) => [before, { ...before, [at]: value }] as const),
  fc
    .tuple(anyObject, anyObject, anyObject)
    .map(([common, before, after]) => [{ deep: { ...common, ...before } }, { deep: { ...common, ...after } }] as const),
);

describe('policy/fix: the fragment', () => {
  const of = (before: Json, after: Json): unknown => parse(fragmentOf(before, after)) as unknown;

  it('says, merged over what was, exactly what is to be', function () {
    this.timeout(120_000);
    let lists = 0;
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const fragment = fragmentOf(before, after);
        if (fragment.includes('$patch')) lists += 1;
        const found = fragment === '' ? before : merged(before, parse(fragment));
        expect(found).to.deep.equal(after);
      }),
      { numRuns: 3_000, seed: 20261125 },
    );
    expect(lists).to.be.greaterThan(20);
  });

  it('is nothing when nothing differs', () => {
    expect(fragmentOf({ a: { b: [1] } }, { a: { b: [1] } })).to.equal('');
  });

  it('shows what was added and changed, and of what it stands in only the way there', () => {
    const before = { kind: 'Pod', metadata: { name: 'web', labels: { app: 'web' } }, spec: { hostNetwork: true } };
    const after = {
      kind: 'Pod',
      metadata: { name: 'web', labels: { app: 'web', owner: 'x' } },
      spec: { hostNetwork: false },
    };
    expect(fragmentOf(before, after)).to.equal('metadata:\n  labels:\n    owner: x\nspec:\n  hostNetwork: false\n');
  });

  it('shows null for a key that goes', () => {
    expect(fragmentOf({ spec: { hostPID: true, nodeName: 'n' } }, { spec: { nodeName: 'n' } })).to.equal(
      'spec:\n  hostPID: null\n',
    );
  });

  const containers = [
    { name: 'app', image: 'app:1', args: ['--x'] },
    { name: 'log', image: 'log:1' },
  ];

  it('shows of a list of things with names those that differ, by name', () => {
    const [app, log] = containers;
    expect(of({ containers }, { containers: [app, { ...log, image: 'log:2' }] })).to.deep.equal({
      containers: [{ name: 'log', image: 'log:2' }],
    });
  });

  it('shows a new item whole, and beside it none of the others', () => {
    expect(of({ containers }, { containers: [...containers, { name: 'new', image: 'new:1' }] })).to.deep.equal({
      containers: [{ name: 'new', image: 'new:1' }],
    });
  });

  it('says of an item that it goes: what is merely not shown, stays', () => {
    expect(of({ containers }, { containers: containers.slice(1) })).to.deep.equal({
      containers: [{ name: 'app', $patch: 'delete' }],
    });
  });

  it('takes an item with another name for another item', () => {
    const [app, log] = containers;
    expect(of({ containers }, { containers: [app, { ...log, name: 'logs' }] })).to.deep.equal({
      containers: [
        { name: 'logs', image: 'log:1' },
        { name: 'log', $patch: 'delete' },
      ],
    });
  });

  it('shows all of them where their order changes', () => {
    const turned = [...containers].reverse();
    expect(of({ containers }, { containers: turned })).to.deep.equal({
      containers: [{ $patch: 'replace' }, ...turned],
    });
  });

  it('shows a list whole where nothing tells its items apart', () => {
    const ports = [{ containerPort: 80 }, { containerPort: 81 }];
    const lists: readonly (readonly [before: readonly unknown[], after: readonly unknown[]])[] = [
      [ports, [{ containerPort: 8080 }, { containerPort: 81 }]],
      [['--a', '--b'], ['--a']],
      [
        [
          { name: 'twice', x: 1 },
          { name: 'twice', x: 2 },
        ],
        [
          { name: 'twice', x: 1 },
          { name: 'twice', x: 3 },
        ],
      ],
      [[{ name: 'one' }], [{ name: 'one' }, { nameless: true }]],
      [[{ name: 1 }], [{ name: 1, x: 2 }]],
    ];
    for (const [before, after] of lists) expect(of({ list: before }, { list: after })).to.deep.equal({ list: after });
  });

  it('is read back as it was, also where YAML would guess', () => {
    const after = { a: 'no', b: '1', c: 'null', d: 'x\ny', e: `${'long '.repeat(60)}end`, f: '*star', g: '{{ x }}' };
    expect(of({}, after)).to.deep.equal(after);
  });
});
