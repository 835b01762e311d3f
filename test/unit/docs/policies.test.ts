import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { codesOf } from '../../../scripts/docs.ts';
import { compiledAway, native } from '../../../webhook/policy/builtins/native.ts';
import { builtins, refused } from '../../../webhook/policy/builtins/table.ts';
import { defaultLimits } from '../../../webhook/policy/compile/types.ts';
import { findOpa } from '../webhook/policy/builtins/oracle.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const page = readFileSync(join(root, 'docs', 'policies.md'), 'utf8');
const flat = page.replaceAll(/\s+/g, ' ');

/** The second cell of the row of a table that begins with a text. */
function cell(row: string): string | undefined {
  const line = page.split('\n').find((each) => each.startsWith(`| ${row}`));
  return line?.split('|')[2]?.trim();
}

describe('docs/policies.md', () => {
  it('counts the built-in functions as they are', async function () {
    this.timeout(600_000);
    const opa = await findOpa();
    const printed = execFileSync(opa, ['capabilities', '--current'], { maxBuffer: 1 << 24 }).toString();
    const total = (JSON.parse(printed) as { readonly builtins: readonly unknown[] }).builtins.length;
    const [ours, others] = [Object.keys(builtins).length, Object.keys(refused).length];
    expect(flat).to.contain(
      `OPA has ${total} built-in functions: ${native.length} are native to its Wasm, ${compiledAway.length} are gone ` +
        `once compiled, ${ours} are implemented in Remora and compared with OPA itself, and ${others} are refused by name`,
    );
  });

  it('names every built-in function that is refused', () => {
    const section = page.split('\n## ').find((part) => part.startsWith('Built-in functions')) ?? '';
    expect(Object.keys(refused).filter((name) => !section.includes(`\`${name}\``))).to.deep.equal([]);
  });

  it('says the limits of the compiler as they are', () => {
    expect(cell('CPU')).to.equal(`${defaultLimits.cpuSeconds} s`);
    expect(cell('memory  ')).to.equal(`${defaultLimits.memoryBytes >> 20} MiB`);
    expect(cell('by the clock')).to.equal(`${defaultLimits.wallMs / 1_000} s`);
    expect(cell('one test')).to.equal(`${defaultLimits.testMs / 1_000} s`);
    expect(cell('compilations of a namespace')).to.equal(String(defaultLimits.waitingPerOwner));
    expect(cell('nowhere')).to.equal(undefined);
  });

  it('names no reason code that has no heading', () => {
    const headings = globSync('docs/errors.d/*.md', { cwd: root }).flatMap((path) =>
      codesOf({ name: '', text: readFileSync(join(root, path), 'utf8') }),
    );
    const named = [...page.matchAll(/[`[]((?:Policy|Audit|Compile|Rego|Cel|External)[A-Z]?[A-Za-z0-9]*)[`\]]/g)].map(
      ([, code = '']) => code,
    );
    expect(named.length).to.be.greaterThan(8);
    expect(named.filter((code) => !headings.includes(code))).to.deep.equal([]);
  });
});
