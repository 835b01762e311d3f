import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { packModule, storedName, unpackModule } from '../../../../../webhook/policy/compile/stored.ts';

const hash = 'ab'.repeat(32);
const module = { hash, wasm: new Uint8Array(2_000).fill(7), entrypoints: ['shop/deny', 'shop/warn'] };

async function stored(wasm = module.wasm) {
  const packed = await packModule({ ...module, wasm });
  if (packed.outcome !== 'packed') throw new Error(packed.problem.message);
  return packed.stored;
}

describe('policy/compile/stored', () => {
  it('names the ConfigMap by the hash, labels it, and compresses the module', async () => {
    const { name, labels, annotations, binaryData } = await stored();
    expect(name)
      .to.equal(`remora-module-${hash.slice(0, 40)}`)
      .and.equal(storedName(hash));
    expect(labels).to.deep.equal({ 'remora.dev/policy-module': 'true' });
    expect(annotations).to.include({ 'remora.dev/policy-module-hash': hash });
    expect(Buffer.from(binaryData['module.wasm.gz']!, 'base64')).to.have.length.below(100);
  });

  it('gives back any module as it was, and packs equal modules to equal bytes', async () => {
    const modules = fc.record({
      wasm: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => new Uint8Array(bytes)),
      entrypoints: fc.array(fc.string(), { minLength: 1, maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(modules, async (made) => {
        const packed = await packModule({ hash, ...made });
        if (packed.outcome !== 'packed') throw new Error(packed.problem.message);
        expect(packed).to.deep.equal(await packModule({ hash, ...made }));
        expect(await unpackModule(hash, packed.stored)).to.deep.equal({
          outcome: 'unpacked',
          module: { hash, ...made },
        });
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a module that a ConfigMap cannot hold, and takes one that just fits', async () => {
    const fits = new Uint8Array(randomBytes(1024 * 1024 - 1_000));
    expect(await packModule({ ...module, wasm: fits })).to.have.property('outcome', 'packed');
    const over = new Uint8Array(randomBytes(1024 * 1024 + 1));
    const packed = await packModule({ ...module, wasm: over });
    expect(packed).to.have.nested.property('problem.code', 'PolicyTooLarge');
    expect(packed).to.have.nested.property('problem.message').that.includes('1048576');
  });

  it('takes nothing that was changed: another hash, other bytes, no entrypoints, a bomb', async () => {
    const good = await stored();
    const other = await stored(new Uint8Array(2_000).fill(8));
    const bomb = await stored(new Uint8Array(65 * 1024 * 1024));
    const annotations = (key: string, text: string) => ({
      ...good,
      annotations: { ...good.annotations, [`remora.dev/policy-module-${key}`]: text },
    });
    const cases = {
      'another hash': annotations('hash', 'cd'.repeat(32)),
      'other bytes': { ...good, binaryData: other.binaryData },
      'no bytes': { ...good, binaryData: {} },
      'no gzip': { ...good, binaryData: { 'module.wasm.gz': 'AAAA' } },
      'entrypoints that are no list': annotations('entrypoints', '{}'),
      'no entrypoints': annotations('entrypoints', '[]'),
      'entrypoints that are no JSON': annotations('entrypoints', 'x'),
      'a bomb': bomb,
    };
    for (const [name, each] of Object.entries(cases)) {
      expect(await unpackModule(hash, each), name).to.have.property('outcome', 'broken');
    }
  });
});
