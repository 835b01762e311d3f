import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { ofAnnotation } from '../../../../../settings/policies/modules.ts';
import { storedName } from '../../../../../webhook/policy/compile/stored.ts';
import type { Compiler, NativeSource } from '../../../../../webhook/policy/compile/types.ts';
import type { CompiledModule } from '../../../../../webhook/policy/types.ts';
import { refuse, startApiServer } from '../../../kube/apiserver.ts';
import type { ApiServer, Stored } from '../../../kube/apiserver.ts';
import { openWorkshop } from '../compile/workshop.ts';
import type { Workshop } from '../compile/workshop.ts';
import { openShelf, pathsOf, putHolder } from './shelf.ts';
import type { Shelf } from './shelf.ts';

function source(word: string): NativeSource {
  return { files: [{ name: 'a.rego', text: `package shop\n\ndeny contains "${word}" if true\n` }], package: undefined };
}

const owner = { namespace: 'shop', name: 'owners', part: '' };

/** The least that is a module of Wasm at all. */
const empty = Buffer.from('0061736d01000000', 'hex');
/** `(module (import "other" "f" (func)))` */
const foreign = Buffer.from('0061736d0100000001040160000002 0b01056f74686572 01660000'.replaceAll(' ', ''), 'hex');

describe('policy/load: compiled modules, with the real OPA', function () {
  this.timeout(120_000);
  let shop: Workshop;
  let api: ApiServer;
  let shelf: Shelf;

  const hashesOf = async (one: Shelf, ...words: readonly string[]): Promise<readonly string[]> => {
    const hashes: string[] = [];
    for (const word of words) {
      const taken = await one.modules.take(source(word), owner);
      if (taken.outcome === 'refused') throw new Error(JSON.stringify(taken.problems));
      hashes.push(taken.module.hash);
    }
    return hashes;
  };
  const compile = async (word: string): Promise<CompiledModule> => {
    const compiled = await shop.compiler.compile(source(word), 'shop');
    if (compiled.outcome === 'refused') throw new Error('refused');
    return compiled.module;
  };
  const only = (): Stored => {
    const [path = '', ...others] = pathsOf(api);
    expect(others).to.deep.equal([]);
    return api.objects.get(path)!;
  };
  const events = (one: Shelf): readonly string[] => one.warnings.map(([event]) => event);

  before(async () => {
    shop = await openWorkshop();
  });
  after(async () => {
    await shop.close();
  });
  beforeEach(async () => {
    api = await startApiServer();
    shelf = openShelf(api, shop.compiler);
  });
  afterEach(async () => {
    await api.close();
  });

  it('are compiled once, given to the threads, and from then on in memory', async () => {
    const taken = await shelf.modules.take(source('a'), owner);
    expect(taken).to.deep.equal({
      outcome: 'taken',
      module: { hash: (await compile('a')).hash, entrypoints: ['shop/deny'] },
    });
    expect(await shelf.modules.take(source('a'), owner)).to.deep.equal(taken);
    expect(shelf.compiled).to.equal(1);
    expect([...shelf.pool]).to.deep.equal(taken.outcome === 'taken' ? [taken.module.hash] : []);
  });

  it('are stored in a ConfigMap that says what for, and that goes with the chart', async () => {
    const holder = putHolder(api);
    const [hash = ''] = await hashesOf(shelf, 'a');
    const { metadata } = only();
    expect(metadata).to.deep.include({
      namespace: 'remora-system',
      name: storedName(hash),
      labels: { 'remora.dev/policy-module': 'true' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'remora-audit', uid: holder.metadata.uid }],
    });
    expect(metadata['annotations']).to.include({ [ofAnnotation]: 'shop/owners' });
  });

  it('name the template that they were made of, and have no owner where the chart has no ConfigMap for it', async () => {
    await shelf.modules.take(source('a'), { ...owner, part: 'K8sShop' });
    expect(only().metadata['annotations']).to.include({ [ofAnnotation]: 'shop/owners/K8sShop' });
    expect(only().metadata['ownerReferences']).to.deep.equal([]);
  });

  it('are taken by another replica, and after a restart, without compiling', async () => {
    const [hash = ''] = await hashesOf(shelf, 'a');
    const other = openShelf(api, shop.compiler);
    expect(await hashesOf(other, 'a')).to.deep.equal([hash]);
    expect([other.compiled, [...other.pool], other.warnings]).to.deep.equal([0, [hash], []]);
    // The planted case: what is not stored has to be compiled.
    await hashesOf(other, 'b');
    expect(other.compiled).to.equal(1);
  });

  it('are compiled anew where what is stored is not what was stored', async () => {
    const [hash = ''] = await hashesOf(shelf, 'a');
    const stored = only();
    const [path = ''] = pathsOf(api);
    const replaced = (wasm: Buffer, digest: Buffer): Stored => ({
      ...stored,
      metadata: {
        ...stored.metadata,
        annotations: {
          ...(stored.metadata['annotations'] as object),
          'remora.dev/policy-module-digest': createHash('sha256').update(digest).digest('hex'),
        },
      },
      binaryData: { 'module.wasm.gz': gzipSync(wasm).toString('base64') },
    });
    const tampered: readonly (readonly [what: string, object: Stored, warning: readonly string[]])[] = [
      ['other bytes', { ...stored, binaryData: { 'module.wasm.gz': 'AAAA' } }, ['policy.module.broken']],
      ['no bytes', { ...stored, binaryData: {} }, ['policy.module.broken']],
      ['no annotations', { ...stored, metadata: { name: '', namespace: '' } }, ['policy.module.broken']],
      ['bytes of another digest', replaced(empty, foreign), ['policy.module.broken']],
      ['a module of somebody else', replaced(empty, empty), []],
      ['a module that wants what nobody has', replaced(foreign, foreign), []],
      ['what is no Wasm', replaced(Buffer.from('no'), Buffer.from('no')), []],
    ];
    for (const [what, object, warning] of tampered) {
      api.put(path, object);
      const other = openShelf(api, shop.compiler);
      expect(await hashesOf(other, 'a'), what).to.deep.equal([hash]);
      expect([other.compiled, events(other)], what).to.deep.equal([1, warning]);
    }
  });

  it('are refused, and neither kept nor stored, when OPA refuses their source', async () => {
    const broken = { files: [{ name: 'a.rego', text: 'package shop\n\ndeny contains x if y\n' }], package: undefined };
    const taken = await shelf.modules.take(broken, owner);
    expect(taken).to.have.nested.property('problems[0]').that.deep.includes({ code: 'InvalidRego', line: 3 });
    expect([[...shelf.pool], pathsOf(api)]).to.deep.equal([[], []]);
  });

  it('are refused when no thread could load them: another compiler made them', async () => {
    const module = { ...(await compile('a')), wasm: new Uint8Array(foreign) };
    const kept = await shelf.modules.keep(module);
    expect(kept).to.have.nested.property('problems[0].code', 'InvalidRego');
    expect([...shelf.pool]).to.deep.equal([]);
    const compiler: Compiler = { ...shop.compiler, compile: () => Promise.resolve({ ...compiled, module }) };
    const compiled = {
      outcome: 'compiled',
      module,
      source: { ...source('a'), regoVersion: 'v1', entrypoints: [] },
      warnings: [],
    } as const;
    expect((await openShelf(api, compiler).modules.take(source('a'), owner)).outcome).to.equal('refused');
    expect(pathsOf(api)).to.deep.equal([]);
  });

  describe('while the API server fails', () => {
    it('are compiled, and it is logged: reading and writing may both fail', async () => {
      api.faults.push((_seen, response) => refuse(response, 403, 'Forbidden'));
      await hashesOf(shelf, 'a');
      expect(shelf.warnings.map(([event, { code }]) => [event, code])).to.deep.equal([
        ['policy.module.unread', 'Forbidden'],
        ['policy.module.unstored', 'Forbidden'],
      ]);
      expect(shelf.pool.size).to.equal(1);
    });

    it('are not stored twice: two replicas that compile at the same time are no fault', async () => {
      api.faults.push(({ method }, response) => method === 'POST' && refuse(response, 409, 'AlreadyExists'));
      await hashesOf(shelf, 'a');
      expect([shelf.compiled, shelf.warnings]).to.deep.equal([1, []]);
    });
  });

  describe('for a ConfigMap that is about to be stored', () => {
    it('are kept in memory, and stored only when it was: a dry run stores nothing', async () => {
      const module = await compile('a');
      await shelf.modules.keep(module);
      expect([[...shelf.pool], api.seen]).to.deep.equal([[module.hash], []]);
      expect(await hashesOf(shelf, 'a')).to.deep.equal([module.hash]);
      expect(shelf.compiled).to.equal(0);
      expect(only().metadata.name).to.equal(storedName(module.hash));
    });

    it('are stored once, whoever asks for them then', async () => {
      await shelf.modules.keep(await compile('a'));
      await hashesOf(shelf, 'a', 'a', 'a');
      expect(api.seen.filter(({ method }) => method === 'POST')).to.have.length(1);
    });

    it('stay though no policy names them yet, until more than 32 others wait', async () => {
      const module = await compile('a');
      const hashOf = (at: number): string => (at === 0 ? module.hash : `${at}`);
      for (let at = 0; at < 32; at += 1) await shelf.modules.keep({ ...module, hash: hashOf(at) });
      shelf.modules.retain(new Set());
      expect(shelf.pool.size).to.equal(32);
      await shelf.modules.keep({ ...module, hash: 'one more' });
      expect(shelf.pool.size).to.equal(32);
      expect(shelf.pool.has(module.hash)).to.equal(false);
      await hashesOf(shelf, 'a');
      expect(shelf.compiled).to.equal(1);
    });

    it('are not let go while a policy has them, however many wait', async () => {
      const module = await compile('a');
      await shelf.modules.keep(module);
      await hashesOf(shelf, 'a');
      await shelf.modules.keep(module);
      for (let at = 0; at < 40; at += 1) await shelf.modules.keep({ ...module, hash: `${at}` });
      expect(shelf.pool.has(module.hash)).to.equal(true);
    });
  });

  it('are let go when no policy names them any more, and are then taken from the store', async () => {
    const [a = '', b = ''] = await hashesOf(shelf, 'a', 'b');
    shelf.modules.retain(new Set([b]));
    expect([...shelf.pool]).to.deep.equal([b]);
    expect(await hashesOf(shelf, 'a', 'b')).to.deep.equal([a, b]);
    expect([...shelf.pool]).to.deep.equal([b, a]);
    expect(shelf.compiled).to.equal(2);
  });

  it('are there from before where nothing newer loads: the newest of the same part of the same policy', async () => {
    putHolder(api);
    const parts = ['A', 'B'].map((part) => ({ ...owner, part }));
    await shelf.modules.take(source('old'), parts[0]!);
    const newer = await shelf.modules.take(source('new'), parts[0]!);
    await shelf.modules.take(source('other'), parts[1]!);
    for (const path of pathsOf(api)) {
      const stored = api.objects.get(path)!;
      const isNewer = newer.outcome === 'taken' && path.endsWith(storedName(newer.module.hash));
      const creationTimestamp = isNewer ? '2026-11-25T08:00:00Z' : '2026-11-25T07:00:00Z';
      api.put(path, { ...stored, metadata: { ...stored.metadata, creationTimestamp } });
    }
    const replica = openShelf(api, shop.compiler);
    expect({ outcome: 'taken', module: await replica.modules.last(parts[0]!) }).to.deep.equal(newer);
    expect(replica.compiled).to.equal(0);
    expect(await replica.modules.last({ ...owner, part: 'C' })).to.equal(undefined);
    expect(await replica.modules.last({ ...owner, name: 'others', part: 'A' })).to.equal(undefined);
    api.faults.push((_seen, response) => refuse(response, 403, 'Forbidden'));
    expect(await replica.modules.last(parts[0]!)).to.equal(undefined);
  });
});
