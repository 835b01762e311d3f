import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { compiledAway, native } from '../../../../../webhook/policy/builtins/native.ts';
import { builtins, refused } from '../../../../../webhook/policy/builtins/table.ts';
import { RegoObject } from '../../../../../webhook/policy/value/value.ts';
import { moduleOf } from '../../../../../webhook/policy/compile/bundle.ts';
import { createInstance } from '../../../../../webhook/policy/wasm/instance.ts';
import { answer, findOpa } from './oracle.ts';

const execute = promisify(execFile);
const limits = { memoryBytes: 1 << 26, resultBytes: 1 << 20 };

interface Declared {
  readonly name: string;
  readonly decl: { readonly args?: readonly unknown[] };
}

async function capabilities(opa: string): Promise<readonly Declared[]> {
  const { stdout } = await execute(opa, ['capabilities', '--current'], { maxBuffer: 1 << 24 });
  return (JSON.parse(stdout) as { builtins: readonly Declared[] }).builtins;
}

/** Who answers each of the names: every list that has it. */
function owners(name: string): readonly string[] {
  const lists = { native, compiledAway, refused: Object.keys(refused), ours: Object.keys(builtins) };
  return Object.entries(lists).flatMap(([owner, names]) => (names.includes(name) ? [owner] : []));
}

/** A module that calls each of the built-ins, in Rego v0 for the sake of the deprecated ones. */
async function moduleCalling(opa: string, called: readonly Declared[]): Promise<WebAssembly.Module> {
  const folder = await mkdtemp(join(tmpdir(), 'remora-table-'));
  try {
    const rules = called.map(({ name, decl }) => {
      const operands = (decl.args ?? []).map((_, at) => `input.a${at}`);
      return `calls[x] { x = ${name}(${operands.join(', ')}) }`;
    });
    await writeFile(join(folder, 'p.rego'), ['package p', ...rules, ''].join('\n'));
    const words = ['build', '--v0-compatible', '--target', 'wasm', '--entrypoint', 'p/calls', '--output'];
    await execute(opa, [...words, join(folder, 'b.tar.gz'), join(folder, 'p.rego')]);
    const wasm = await moduleOf(await readFile(join(folder, 'b.tar.gz')));
    return await WebAssembly.compile(wasm ?? new Uint8Array());
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('policy/builtins table', () => {
  let opa = '';
  let declared: readonly Declared[] = [];
  before(async function () {
    this.timeout(600_000);
    opa = await findOpa();
    declared = await capabilities(opa);
  });

  it('accounts for every built-in of OPA once, and for no other', () => {
    const names = declared.map(({ name }) => name);
    const wrong = names.filter((name) => owners(name).length !== 1);
    expect(wrong.map((name) => `${name}: ${owners(name).join(', ') || 'nobody'}`)).to.deep.equal([]);
    const known = [...native, ...compiledAway, ...Object.keys(refused), ...Object.keys(builtins)];
    expect(known.filter((name) => !names.includes(name))).to.deep.equal([]);
    console.log(`      OPA has ${names.length} built-ins: ${native.length} native to its Wasm,`);
    console.log(`      ${compiledAway.length} gone once compiled (${compiledAway.join(', ')}),`);
    console.log(
      `      ${Object.keys(builtins).length} implemented here, ${Object.keys(refused).length} refused by name:`,
    );
    for (const [name, reason] of Object.entries(refused)) console.log(`        ${name}: ${reason}`);
  });

  it('notices one that nobody answers', () => {
    expect(owners('planted.builtin')).to.deep.equal([]);
    expect(owners('sprintf')).to.deep.equal(['ours']);
  });

  it('has exactly what modules ask their host for', async function () {
    this.timeout(120_000);
    const called = declared.filter(({ name }) => !compiledAway.includes(name) && refused[name] === undefined);
    const module = await moduleCalling(opa, called);
    const wanted = (() => {
      try {
        createInstance({ module, builtins: new Map(), limits });
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    })();
    const names = wanted.replace(/^.*: /, '').split(', ').sort();
    expect(names).to.deep.equal(Object.keys(builtins).sort());
    expect(() => createInstance({ module, builtins: new Map(Object.entries(builtins)), limits })).not.to.throw();
  });

  it('answers with undefined what is nested too deep or grows too long', () => {
    const deep = '['.repeat(9_000) + ']'.repeat(9_000);
    expect(answer(builtins, { name: 'yaml.unmarshal', args: [deep] })).to.equal(undefined);
    const long = '{{define "t"}}{{printf "%1000000d" 1}}{{end}}{{range 1000}}{{template "t"}}{{end}}';
    expect(answer(builtins, { name: 'strings.render_template', args: [long, new RegoObject([])] })).to.equal(undefined);
  });
});
