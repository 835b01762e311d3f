import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openEngine } from '../../../../suite/gator/engine.ts';
import type { Engine } from '../../../../suite/gator/engine.ts';
import { findSuites } from '../../../../suite/gator/files.ts';
import { runSuite } from '../../../../suite/gator/run.ts';
import type { CaseResult } from '../../../../suite/gator/run.ts';
import { compareMessages } from '../../../../soak/support/gator.ts';

const root = join(import.meta.dirname, '../../../../..');
const fixtures = join(root, 'test/fixtures');

/** What the real gator 3.23.1 said of the same fixtures, when `npm run soak -- gator` ran last. */
const { figures } = JSON.parse(readFileSync(join(root, 'docs/soak/gator.json'), 'utf8')) as {
  readonly figures: { readonly messages: Readonly<Record<string, string>> };
};

describe('test/suite/gator', function () {
  this.timeout(600_000);

  let engine: Engine;
  before(async () => {
    engine = await openEngine(process.env, console.log);
  });
  after(async () => {
    await engine.close();
  });

  const run = async (folder: string): Promise<readonly CaseResult[]> => {
    const results: CaseResult[] = [];
    for (const file of await findSuites(folder)) results.push(...(await runSuite(file, engine)));
    return results;
  };
  const titles = (results: readonly CaseResult[], outcome: CaseResult['outcome']): readonly string[] =>
    results
      .filter((result) => result.outcome === outcome)
      .map(({ title }) => title.replace(/^.*\/([^/]+\/[^/]+: )/, '$1'));

  it('passes every fixture, but for what Remora does not run and what suites skip', async () => {
    const results = await run(join(fixtures, 'gator'));
    expect(results.filter(({ outcome }) => outcome === 'failed')).to.deep.equal([]);
    expect(titles(results, 'skipped')).to.deep.equal([
      'objects/skipped.yaml: whatever / one',
      'required-labels/suite.yaml: own message / skipped by the suite',
      'unsupported/suite.yaml: CEL alone / one',
      'unsupported/suite.yaml: CEL alone / two',
      'unsupported/suite.yaml: external data / one',
    ]);
    expect(titles(results, 'passed').length).to.be.greaterThan(130);
  });

  it('has every message word for word as the real gator has it', async () => {
    const results = (await run(join(fixtures, 'gator'))).map((result) => ({
      ...result,
      title: result.title.replace(`${fixtures}/`, ''),
    }));
    const judged = results.filter(({ title }) => figures.messages[title] !== undefined);
    expect(judged.length).to.be.greaterThan(100);
    for (const result of judged) {
      const theirs = new Map([
        [result.title.slice(result.title.indexOf(': ') + 2), figures.messages[result.title] ?? ''],
      ]);
      expect(compareMessages(theirs, [result])).to.deep.equal([]);
    }
  });

  it('fails every case that cannot hold, with the reason, and passes the one among them that does', async () => {
    const results = await run(join(fixtures, 'gator-failing'));
    expect(titles(results, 'passed')).to.deep.equal(['gator-failing/suite.yaml: assertions / right']);
    expect(titles(results, 'skipped')).to.deep.equal([]);
    const reasons = new Map(results.map(({ title, reason }) => [title.slice(title.indexOf(': ') + 2), reason]));
    const expected: Readonly<Record<string, RegExp>> = {
      'assertions / want three': /^want exactly 3, got 2 violations; messages are:\n {2}one\n {2}two$/,
      'files / two objects': /^samples\/two\.yaml holds 2 objects, and not one$/,
      'files / no file': /none\.yaml cannot be read \(ENOENT\)$/,
      'files / a deletion of nothing': /^oldObject cannot be nil for DELETE operations$/,
      'syntax / one': /templates\/syntax\.yaml:14:9: rego_parse_error: unexpected } token \[InvalidRego\]/,
      'unsafe / one': /templates\/unsafe\.yaml:12:\d+: rego_unsafe_var_error: var msg is unsafe/,
      'texts / one': /^the rule violation of ShopTexts gives something else than objects with msg: /,
      'elsewhere / one': /templates\/elsewhere\.yaml:12:37 .*"data\.kubernetes\.pods" is not valid/,
      'numbers / one': /a text "msg"$/,
      'an unknown key / one': /Did you mean "match"\? \[ConstraintUnknownKey\]$/,
      'expansions in a circle / one': /^expansions go in circles: a, b$/,
      'valid, want invalid': /the constraint fits the schema$/,
    };
    for (const [title, pattern] of Object.entries(expected)) expect(reasons.get(title), title).to.match(pattern);
  });

  it('reports a suite that cannot be read, and leaves other files alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'remora-suites-'));
    try {
      const head = 'kind: Suite\napiVersion: test.gatekeeper.sh/v1alpha1\n';
      await writeFile(join(folder, 'a.yaml'), `${head}tests: [\n`);
      await writeFile(join(folder, 'b.yml'), `${head}tests: [{name: x}]\n`);
      await writeFile(join(folder, 'c.yaml'), 'a: [\n');
      await writeFile(join(folder, 'd.txt'), head);
      await writeFile(join(folder, 'e.yaml'), 'kind: Other\n# test.gatekeeper.sh\n');
      const results = await run(folder);
      expect(results.map(({ outcome }) => outcome)).to.deep.equal(['failed', 'failed']);
      expect(results[0]?.reason).to.include('a.yaml:4:1');
      expect(results[1]?.reason).to.include('tests[0].template');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
