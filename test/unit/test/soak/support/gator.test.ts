import { expect } from 'chai';
import { compareMessages, compareVerdicts, parseVerdicts } from '../../../../soak/support/gator.ts';
import type { CaseResult } from '../../../../suite/gator/run.ts';

const output = `=== RUN   labels
    === RUN   good
    --- PASS: good\t(0.001s)
    === RUN   bad
    --- FAIL: bad\t(0.002s)
        unexpected number of violations: got 0 violations: got messages [one
two three]
--- FAIL: labels\t(0.003s)
=== RUN   broken
--- FAIL: broken\t(0.001s)
  adding template: invalid
FAIL\tsuite.yaml\t0.01s
FAIL

Error: FAIL
`;

function result(
  title: string,
  outcome: CaseResult['outcome'],
  messages: readonly string[] = [],
  reason = '',
): CaseResult {
  return { title: `a/suite.yaml: ${title}`, outcome, reason, messages };
}

describe('test/soak/support/gator', () => {
  it('reads verdicts and reasons of cases, and of tests that got to none', () => {
    expect(parseVerdicts(output).map(({ title, outcome, reason }) => [title, outcome, reason.trim()])).to.deep.equal([
      ['labels / good', 'passed', ''],
      ['labels / bad', 'failed', 'unexpected number of violations: got 0 violations: got messages [one\ntwo three]'],
      ['broken', 'failed', 'adding template: invalid'],
    ]);
  });

  it('sees a verdict that is another, and one that is not there', () => {
    const verdicts = parseVerdicts(output);
    const same = [
      result('labels / good', 'passed'),
      result('labels / bad', 'failed'),
      result('broken / any', 'failed'),
    ];
    expect(compareVerdicts(verdicts, same)).to.deep.equal([]);
    expect(compareVerdicts(verdicts, [result('labels / good', 'failed'), result('none / x', 'passed')])).to.deep.equal([
      { title: 'a/suite.yaml: labels / good', gator: 'passed', ours: 'failed' },
      { title: 'a/suite.yaml: none / x', gator: 'nothing', ours: 'passed' },
    ]);
  });

  it('takes no skip for agreement, unless Remora refuses by name or gator says nothing', () => {
    const verdicts = parseVerdicts(output);
    expect(compareVerdicts(verdicts, [result('labels / good', 'skipped')])).to.have.length(1);
    const unsupported = result('labels / good', 'skipped', [], 'not run. [CelTemplate]');
    expect(compareVerdicts(verdicts, [unsupported, result('none / x', 'skipped')])).to.deep.equal([]);
  });

  it('sees a message that is another', () => {
    const theirs = new Map([['labels / bad', '[one two]']]);
    expect(compareMessages(theirs, [result('labels / bad', 'passed', ['one', 'two'])])).to.deep.equal([]);
    expect(compareMessages(theirs, [result('labels / bad', 'passed', ['one', 'too'])])).to.deep.equal([
      { title: 'a/suite.yaml: labels / bad', gator: '[one two]', ours: '[one too]' },
    ]);
    expect(compareMessages(theirs, [result('labels / bad', 'passed')])).to.have.length(1);
    expect(compareMessages(theirs, [result('labels / bad', 'failed', [], 'no file')])).to.deep.equal([]);
  });
});
