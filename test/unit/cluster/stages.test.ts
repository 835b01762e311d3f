import { expect } from 'chai';
import { selectStages } from '../../stages.ts';

const names = (words: readonly string[]): readonly string[] | string => {
  const selection = selectStages(words);
  return selection.outcome === 'refused' ? 'refused' : selection.stages.map(({ name }) => name);
};

describe('what npm test runs', () => {
  it('runs every stage when nothing is named, the quick ones first', () => {
    expect(names([])).to.deep.equal(['format', 'lint', 'typecheck', 'docs', 'unit', 'installation', 'e2e']);
  });

  it('runs the stages that are named, in the order of the gate', () => {
    expect(names(['unit', 'lint'])).to.deep.equal(['lint', 'unit']);
  });

  it('runs some suites of a stage', () => {
    const selection = selectStages(['e2e', 'telemetry', 'chart']);
    expect(selection.outcome === 'selected' && selection.stages[0]?.command.slice(-2)).to.deep.equal([
      'test/e2e/telemetry/**/*.test.ts',
      'test/e2e/chart/**/*.test.ts',
    ]);
  });

  it('measures coverage only when all unit tests run', () => {
    const programs = [['unit'], ['unit', 'webhook']].map((words) => {
      const selection = selectStages(words);
      return selection.outcome === 'selected' && selection.stages[0]?.command[0];
    });
    expect(programs).to.deep.equal(['c8', 'mocha']);
  });

  it('refuses what it does not know', () => {
    for (const words of [['telemetry'], ['lint', 'webhook'], ['unit', 'e2e', 'chart'], ['e2e', '../..']]) {
      expect(names(words), words.join(' ')).to.equal('refused');
    }
  });
});
