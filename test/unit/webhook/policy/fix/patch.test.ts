import { expect } from 'chai';
import { applyFitting, applyPatches, readPatches } from '../../../../../webhook/policy/fix/patch.ts';
import type { PatchOperation, ViolationPatch } from '../../../../../webhook/policy/fix/patch.ts';
import { patching, verdict } from './verdicts.ts';

const add = { op: 'add', path: '/metadata/labels/owner', value: 'web' };

describe('policy/fix: patches of violations', () => {
  describe('are read', () => {
    it('of what refuses, each with the title of its policy', () => {
      const { patches, broken } = readPatches([verdict('a', [patching([add]), { message: 'bare', details: {} }])]);
      expect(patches).to.deep.equal([{ title: 'a', key: JSON.stringify([add]), operations: [add] }]);
      expect(broken).to.deep.equal([]);
    });

    it('not of what only warns or counts, nor of what could not answer', () => {
      const failed = { outcome: 'failed', code: 'PolicyTimeout', message: 'late' } as const;
      const verdicts = [
        verdict('a', [patching([add])], { enforcement: 'warn' }),
        verdict('b', [patching('none')], { enforcement: 'dryrun' }),
        verdict('c', [], { evaluation: failed }),
      ];
      expect(readPatches(verdicts)).to.deep.equal({ patches: [], broken: [] });
    });

    it('once where two policies ask for the same', () => {
      const { patches } = readPatches([verdict('a', [patching([add])]), verdict('b', [patching([add])])]);
      expect(patches.map(({ title }) => title)).to.deep.equal(['a']);
    });

    it('up to 50, for nobody reads more', () => {
      const many = Array.from({ length: 60 }, (_, at) => patching([{ ...add, value: `${at}` }]));
      expect(readPatches([verdict('a', many)]).patches).to.have.length(50);
    });

    const good: readonly (readonly [what: string, patch: unknown])[] = [
      ['add', [add]],
      [
        'add of null, and of false',
        [
          { ...add, value: null },
          { ...add, value: false },
        ],
      ],
      ['replace', [{ op: 'replace', path: '/spec/replicas', value: 3 }]],
      ['remove', [{ op: 'remove', path: '/spec/hostNetwork' }]],
      ['50 operations', Array.from({ length: 50 }, () => add)],
    ];
    for (const [what, patch] of good) {
      it(`takes ${what}`, () => {
        expect(readPatches([verdict('a', [patching(patch)])])).to.deep.equal({
          patches: [{ title: 'a', key: JSON.stringify(patch), operations: patch }],
          broken: [],
        });
      });
    }

    const bad: readonly (readonly [what: string, patch: unknown])[] = [
      ['null', null],
      ['a text', 'add owner'],
      ['one operation without a list', add],
      ['no operation at all', []],
      ['51 operations', Array.from({ length: 51 }, () => add)],
      ['an operation that is null', [null]],
      ['an operation that is a text', [add, 'remove']],
      ['an operation that is a list', [[add]]],
      ['no op', [{ path: '/a', value: 1 }]],
      ['an op that is no text', [{ ...add, op: 1 }]],
      ['move', [{ op: 'move', from: '/a', path: '/b' }]],
      ['copy', [{ op: 'copy', from: '/a', path: '/b' }]],
      ['test', [{ op: 'test', path: '/a', value: 1 }]],
      ['no path', [{ op: 'add', value: 1 }]],
      ['the path of the whole object', [{ op: 'add', path: '', value: {} }]],
      ['a path without its first slash', [{ ...add, path: 'metadata/labels/owner' }]],
      ['a path that is a list', [{ ...add, path: ['metadata'] }]],
      ['add without a value', [{ op: 'add', path: '/a' }]],
      ['replace without a value', [{ op: 'replace', path: '/a' }]],
      ['remove with a value', [{ op: 'remove', path: '/a', value: 1 }]],
      ['an unknown key', [{ ...add, comment: 'why' }]],
    ];
    for (const [what, patch] of bad) {
      it(`names the policy whose patch is ${what}, and keeps the patches of others`, () => {
        const { patches, broken } = readPatches([
          verdict('bad', [patching(patch), patching(patch)]),
          verdict('good', [patching([add])]),
        ]);
        expect(broken).to.deep.equal(['bad']);
        expect(patches.map(({ title }) => title)).to.deep.equal(['good']);
      });
    }
  });

  describe('are applied', () => {
    const object = { metadata: { name: 'web' }, spec: { containers: [{ name: 'a', args: ['x'] }] } };
    const of = (...operations: readonly PatchOperation[]): ViolationPatch => ({ title: 't', key: '', operations });
    const apply = (...operations: readonly PatchOperation[]): unknown => applyPatches(object, [of(...operations)]);

    it('in turn, to a copy', () => {
      const before = structuredClone(object);
      const first = of({ op: 'add', path: '/spec/replicas', value: 1 });
      const second = of({ op: 'replace', path: '/spec/replicas', value: 2 });
      expect(applyPatches(object, [first, second])).to.deep.equal({
        ...object,
        spec: { ...object.spec, replicas: 2 },
      });
      expect(object).to.deep.equal(before);
    });

    it('without keeping hold of the value: two that add the same do not share it', () => {
      const value = { drop: ['ALL'] };
      const patched = applyPatches(object, [
        of({ op: 'add', path: '/one', value }),
        of({ op: 'add', path: '/two', value }),
        of({ op: 'add', path: '/two/drop/-', value: 'NET' }),
      ]);
      expect(patched).to.deep.include({ one: { drop: ['ALL'] }, two: { drop: ['ALL', 'NET'] } });
      expect(value).to.deep.equal({ drop: ['ALL'] });
    });

    it('so that `add` makes the maps that it stands in', () => {
      expect(apply({ op: 'add', path: '/metadata/labels/owner', value: 'web' })).to.deep.equal({
        ...object,
        metadata: { name: 'web', labels: { owner: 'web' } },
      });
      expect(apply({ op: 'add', path: '/spec/containers/0/securityContext/capabilities/drop', value: [] }))
        .to.have.nested.property('spec.containers[0].securityContext')
        .that.deep.equals({ capabilities: { drop: [] } });
    });

    it('with names that have slashes and tildes (RFC 6901)', () => {
      const path = '/metadata/annotations/remora.dev~1note~0/x';
      expect(apply({ op: 'add', path, value: 1 }))
        .to.have.property('metadata')
        .that.deep.equals({ name: 'web', annotations: { 'remora.dev/note~': { x: 1 } } });
    });

    it('so that `-` appends to a list, and an index inserts', () => {
      expect(
        apply(
          { op: 'add', path: '/spec/containers/0/args/-', value: 'z' },
          { op: 'add', path: '/spec/containers/0/args/1', value: 'y' },
        ),
      )
        .to.have.nested.property('spec.containers[0].args')
        .that.deep.equals(['x', 'y', 'z']);
    });

    it('so that `remove` takes away a key, and an item', () => {
      expect(apply({ op: 'remove', path: '/spec/containers/0/args' }))
        .to.have.nested.property('spec.containers')
        .that.deep.equals([{ name: 'a' }]);
      expect(apply({ op: 'remove', path: '/spec/containers/0' }))
        .to.have.nested.property('spec.containers')
        .that.deep.equals([]);
    });

    const unfit: readonly PatchOperation[] = [
      { op: 'remove', path: '/spec/hostNetwork' },
      { op: 'replace', path: '/spec/paused', value: true },
      { op: 'replace', path: '/spec/containers/7', value: {} },
      { op: 'add', path: '/spec/containers/7/image', value: 'x' },
      { op: 'add', path: '/spec/containers/-/image', value: 'x' },
      { op: 'add', path: '/spec/containers/9', value: {} },
      { op: 'add', path: '/spec/containers/first', value: {} },
      { op: 'add', path: '/metadata/name/first', value: 'x' },
      { op: 'add', path: '/spec/ports/0/name', value: 'x' },
    ];
    for (const operation of unfit) {
      it(`never half: ${operation.op} at ${operation.path} does not fit`, () => {
        expect(apply({ op: 'add', path: '/spec/replicas', value: 1 }, operation)).to.equal(undefined);
      });
    }

    it('without reaching JavaScript’s own objects', () => {
      const paths = ['/__proto__/polluted', '/metadata/__proto__/polluted', '/constructor/prototype/polluted'];
      for (const path of [...paths, '/metadata/constructor/prototype/polluted', '/__proto__']) {
        expect(apply({ op: 'add', path, value: { polluted: true } }), path).to.equal(undefined);
      }
      expect({}).to.not.have.property('polluted');
      expect(Object).to.not.have.property('polluted');
      // A label may be called so: it is a key as any other.
      const labelled = apply({ op: 'add', path: '/metadata/labels/constructor', value: 'x' });
      expect((labelled as typeof object).metadata)
        .to.have.property('labels')
        .that.deep.equals({ constructor: 'x' });
    });
  });

  describe('are left out when they do not fit', () => {
    const remove = (title: string, ...paths: readonly string[]): ViolationPatch => ({
      title,
      key: title,
      operations: paths.map((path) => ({ op: 'remove', path })),
    });
    const titles = (...patches: readonly ViolationPatch[]): readonly string[] =>
      applyFitting({ a: 1, b: 2, c: 3 }, patches).fitting.map(({ title }) => title);

    it('none where all do', () => {
      expect(applyFitting({ a: 1, b: 2 }, [remove('one', '/a'), remove('two', '/b')])).to.deep.equal({
        fitting: [remove('one', '/a'), remove('two', '/b')],
        patched: {},
      });
    });

    it('the later one of two that take away the same, and nothing of it stays', () => {
      const patches = [remove('one', '/a'), remove('two', '/b', '/a'), remove('three', '/c')];
      expect(titles(...patches)).to.deep.equal(['one', 'three']);
      expect(applyFitting({ a: 1, b: 2, c: 3 }, patches).patched).to.deep.equal({ b: 2 });
    });

    it('all where none does', () => {
      expect(titles(remove('one', '/x'), remove('two', '/y'))).to.deep.equal([]);
    });
  });
});
