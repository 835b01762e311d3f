import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { askOpa, openWorkshop, rego } from './workshop.ts';
import type { Workshop } from './workshop.ts';

/** Policies as people write them: comprehensions, helpers, v0, metadata, every, with, raw strings, comments. */
const policies: readonly string[] = [
  `package shop.owner

deny contains msg if {
  not input.object.metadata.labels.owner
  msg := sprintf("%s has no owner", [input.object.metadata.name])
}
`,
  `# METADATA
# title: Images come from our registry
# custom:
#   remora: { kinds: Pod }
package images

import data.inventory

allowed := {"registry.shop/", "mirror.shop/"}

containers contains c if some c in input.object.spec.containers
containers contains c if some c in input.object.spec.initContainers

violation contains {"msg": msg, "details": {"image": c.image}} if {
  some c in containers
  every prefix in allowed { not startswith(c.image, prefix) }
  msg := concat(" ", ["image", c.image, "is not ours"])
}
`,
  `package k8srequiredlabels

violation[{"msg": msg, "details": {"missing_labels": missing}}] {
  provided := {label | input.review.object.metadata.labels[label]}
  required := {label | label := input.parameters.labels[_].key}
  missing := required - provided
  count(missing) > 0
  msg := sprintf("you must provide labels: %v", [missing])
}
`,
  `package limits

default limit := 4

limit := input.parameters.limit if {
  is_number(input.parameters.limit)
} else := 8 if {
  input.object.metadata.labels.tier == "data"
}

warn contains msg if {
  some name, c in input.object.spec.containers # every container
  cpu := object.get(c, ["resources", "limits", "cpu"], "0")
  regex.match(\`^[0-9]+$\`, cpu)
  to_number(cpu) > limit
  msg := $"container {name} wants {cpu}"
}

deny contains "no limits" if {
  count([c | some c in input.object.spec.containers; not c.resources.limits]) > 0
}
`,
];

type Edit = (text: string, at: number, other: number) => string;

/** How files get broken by hand, by merge, by copy and paste. */
const edits: Readonly<Record<string, Edit>> = {
  'a character lost': (text, at) => text.slice(0, at) + text.slice(at + 1),
  'a character typed': (text, at, other) =>
    text.slice(0, at) + '{}[]()":=,;|#\`x1 \n🦈é\u0000\ufeff'.charAt(other % 23) + text.slice(at),
  'cut short': (text, at) => text.slice(0, at),
  'a line lost': (text, at) => withLines(text, at, () => []),
  'a line twice': (text, at) => withLines(text, at, (line) => [line, line]),
  'two lines swapped': (text, at, other) => swapLines(text, at, other),
  'a word lost': (text, at) => withWord(text, at, () => ''),
  'a word misspelt': (text, at) => withWord(text, at, (word) => word.slice(0, -1) + 'z'),
  'a word moved': (text, at, other) => withWord(text, at, () => wordAt(text, other)),
  'a bracket turned': (text, at) =>
    text.slice(0, at) + text.slice(at).replace(/[{}[\]()]/, (found) => '}{][)('.charAt('{}[]()'.indexOf(found))),
};

const words = /[A-Za-z_.0-9]+/g;

function wordAt(text: string, at: number): string {
  const found = [...text.matchAll(words)];
  return found[at % found.length]?.[0] ?? '';
}

function withWord(text: string, at: number, change: (word: string) => string): string {
  const found = [...text.matchAll(words)];
  const word = found[at % found.length];
  return word === undefined
    ? text
    : text.slice(0, word.index) + change(word[0]) + text.slice(word.index + word[0].length);
}

function withLines(text: string, at: number, change: (line: string) => readonly string[]): string {
  const lines = text.split('\n');
  const index = at % lines.length;
  return [...lines.slice(0, index), ...change(lines[index] ?? ''), ...lines.slice(index + 1)].join('\n');
}

function swapLines(text: string, at: number, other: number): string {
  const lines = text.split('\n');
  const [left, right] = [at % lines.length, other % lines.length];
  return lines.map((line, index) => (index === left ? lines[right] : index === right ? lines[left] : line)).join('\n');
}

const seed = 20_261_125;
const count = 200;

interface Mutant {
  readonly edit: string;
  readonly text: string;
}

const mutant: fc.Arbitrary<Mutant> = fc
  .tuple(fc.constantFrom(...policies), fc.constantFrom(...Object.keys(edits)), fc.nat(100_000), fc.nat(100_000))
  .map(([text, edit, at, other]) => ({ edit, text: edits[edit]?.(text, at % text.length, other) ?? text }))
  .filter(({ text }) => !policies.includes(text));

describe('policy/compile/mutation, with the real OPA', function () {
  this.timeout(900_000);
  let shop: Workshop;
  before(async () => {
    shop = await openWorkshop();
  });
  after(async () => shop.close());

  /** Whether OPA by itself takes the file, as Rego of either version. */
  const opaAccepts = async (text: string): Promise<boolean> => {
    const folder = join(shop.folder, 'alone');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await writeFile(join(folder, 'policy.rego'), text);
    for (const [version, more] of [
      ['v1', []],
      ['v0', ['--v0-compatible']],
    ] as const) {
      const capabilities = join(shop.folder, `policy-${version}.json`);
      if ((await askOpa(shop, 'check', '--capabilities', capabilities, ...more, folder)).status === 0) return true;
    }
    return false;
  };

  it('compiles the policies as they are', async () => {
    for (const text of policies) {
      expect(await shop.compiler.compile({ files: [rego(text)], package: undefined }, 'shop')).to.have.property(
        'outcome',
        'compiled',
      );
    }
  });

  it(`gives each of ${count} broken ones a located error, or OPA takes it too`, async () => {
    const counts = new Map<string, number>();
    for (const { edit, text } of fc.sample(mutant, { seed, numRuns: count })) {
      const compiled = await shop.compiler.compile({ files: [rego(text)], package: undefined }, 'shop');
      const isAccepted = await opaAccepts(text);
      const problems = compiled.outcome === 'refused' ? compiled.problems : [];
      const codes = [...new Set(problems.map(({ code }) => code))].sort().join('+') || 'compiled';
      const key = `${codes}${isAccepted ? ', OPA takes it' : ''}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      const shown = `${edit}: ${JSON.stringify(compiled)}\n${text}`;
      if (compiled.outcome === 'compiled') expect(isAccepted, shown).to.equal(true);
      else if (isAccepted) {
        // OPA has nothing against a policy without a rule to ask; we have.
        expect(codes, shown).to.be.oneOf(['MissingRule', 'InvalidRule']);
      } else {
        // A file of comments alone has no line that is wrong.
        const isPlaced = (line: number, message: string) => line > 0 || message.endsWith('empty module');
        const located = problems.filter(({ file, line, message }) => file === 'policy.rego' && isPlaced(line, message));
        expect(located, shown).to.not.be.empty;
        const lines = text.split(/\r?\n/);
        for (const { line, source } of located) expect(source, shown).to.equal(lines[line - 1] ?? '');
      }
    }
    const rows = [...counts].sort(([, left], [, right]) => right - left);
    for (const [key, times] of rows) console.log(`      ${String(times).padStart(4)}  ${key}`);
    expect(rows.length, 'the corpus says only one thing').to.be.at.least(3);
  });
});
