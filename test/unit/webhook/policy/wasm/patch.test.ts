import { expect } from 'chai';
import { patchModule } from '../../../../../webhook/policy/wasm/patch.ts';
import type { Patch } from '../../../../../webhook/policy/wasm/patch.ts';
import { moduleOfOpa } from '../compiled.ts';

const upper: Patch = { name: 'opa_strings_upper', id: 1_000_000, parameters: 1, when: undefined };

describe('policy/wasm patch', function () {
  this.timeout(600_000);

  let wasm: Uint8Array<ArrayBuffer>;
  before(async () => {
    wasm = await moduleOfOpa('package a\nimport rego.v1\nb := upper(input.x)\n', 'a/b');
  });

  const patched = (...patches: readonly Patch[]): Uint8Array<ArrayBuffer> => {
    const result = patchModule(wasm, patches);
    if (result.outcome !== 'patched') throw new Error(result.message);
    return result.wasm;
  };

  it('changes nothing when nothing is to be changed, or the module does not have the function', () => {
    expect(Buffer.compare(patched(), wasm)).to.equal(0);
    expect(Buffer.compare(patched({ ...upper, name: 'no_such_function' }), wasm)).to.equal(0);
  });

  it('has a function ask the host, and leaves every other as it was', async () => {
    const changed = patched(upper);
    // local.get 0; call; return; two constants: the id takes four bytes.
    expect(changed.length - wasm.length).to.be.within(10, 14);
    expect(await WebAssembly.compile(changed)).to.be.instanceOf(WebAssembly.Module);
  });

  it('has a function ask the host for some types alone', async () => {
    const changed = patched({ ...upper, when: { argument: 0, field: 'type', from: 6, to: 7 } });
    expect(await WebAssembly.compile(changed)).to.be.instanceOf(WebAssembly.Module);
    expect(changed.length).to.be.greaterThan(patched(upper).length);
  });

  it('gives equal bytes for equal modules, for they are known by their hash', () => {
    expect(Buffer.compare(patched(upper), patched(upper))).to.equal(0);
  });

  it('says so when a module is none of OPA’s', () => {
    // An empty module.
    const empty = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    expect(patchModule(empty, [upper])).to.deep.equal({
      outcome: 'unknown',
      message: 'the module has no imports, no code or no names',
    });
  });
});
