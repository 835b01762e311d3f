import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { codesOf } from '../../../scripts/docs.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** The ways in which sources write a reason code. */
const written: readonly RegExp[] = [
  /\bcode: '([A-Z][A-Za-z]+)'/g,
  /\breason: '([A-Z][A-Za-z]+)'/g,
  /\b(?:out|unproved|denied|deniedForNow|errored|skip|leave|say|_say|without|Unread|hidden)\(\s*(?:'env\w*', )?['"]([A-Z][A-Za-z]+)['"]/g,
  /\[([A-Z][a-z]+[A-Z][A-Za-z]+)\]/g,
  /'([A-Z][a-z]+[A-Z][A-Za-z]+):/g,
];

/** Reasons for which an agent leaves without a word: nobody ever reads them. */
const silent: readonly string[] = ['Disabled', 'WorkerThread', 'Tool', 'NotNode'];

function codesIn(text: string): readonly string[] {
  return written.flatMap((pattern) => [...text.matchAll(pattern)].map(([, code = '']) => code));
}

function read(...patterns: readonly string[]): readonly string[] {
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((path) => /\.[a-z]+$/.test(path))
    .map((path) => readFileSync(join(root, path), 'utf8'));
}

const sources = read(
  '{webhook,settings,kube,control,certs,runtime,sidecars}/**/*.{ts,cjs,py,java,go}',
  'manifests/chart/templates/**/*.{yaml,tpl}',
);
const explained = new Set(read('docs/errors.d/*.md').flatMap((text) => codesOf({ name: '', text })));

describe('docs/errors.md', () => {
  it('explains every code that the sources write', () => {
    const codes = new Set(sources.flatMap(codesIn));
    expect(codes.size).to.be.greaterThan(40);
    expect([...codes].filter((code) => !explained.has(code) && !silent.includes(code))).to.deep.equal([]);
  });

  it('explains no code that nothing writes', () => {
    const isWritten = (code: string): boolean =>
      sources.some((text) => new RegExp(`['"\\[| ]${code}['"\\]:]`).test(text));
    expect([...explained].filter((code) => !isWritten(code))).to.deep.equal([]);
    expect(isWritten('NeverWrittenAnywhere')).to.equal(false);
  });

  it('would notice a code in each of the forms that sources have', () => {
    const forms = [
      "{ code: 'PlantedCode' }",
      "return unproved('PlantedCode', message)",
      "return hidden('envFrom', 'PlantedCode', message)",
      '`is changed [PlantedCode]`',
      "'PlantedCode: pods here'",
      '_say("PlantedCode", "x")',
    ];
    for (const form of forms) expect(codesIn(form), form).to.deep.equal(['PlantedCode']);
  });
});
