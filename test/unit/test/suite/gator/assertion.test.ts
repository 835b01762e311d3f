import { expect } from 'chai';
import { checkAssertion } from '../../../../suite/gator/assertion.ts';
import type { Assertion } from '../../../../suite/gator/suite.ts';

describe('test/suite/gator/assertion', () => {
  const messages = ['no limits on <app>', 'no limits on <side>', 'latest'];
  const rows: readonly (readonly [Assertion['violations'], string | undefined, boolean])[] = [
    ['yes', undefined, true],
    ['no', undefined, false],
    [3, undefined, true],
    [2, undefined, false],
    ['yes', 'limits', true],
    ['yes', '^limits', false],
    ['no', '^limits', true],
    ['no', 'latest', false],
    [2, 'no limits on <(app|side)>', true],
    [1, 'no limits', false],
    [0, 'nothing', true],
    [1, '(?i)LATEST', true],
  ];
  for (const [violations, message, holds] of rows) {
    it(`${holds ? 'holds' : 'does not hold'}: ${violations} of ${message ?? 'all'}`, () => {
      expect(checkAssertion({ violations, message }, messages) === undefined).to.equal(holds);
    });
  }

  it('holds of nothing only what asks for nothing', () => {
    const holding = (['yes', 'no', 0, 1] as const).filter(
      (violations) => checkAssertion({ violations, message: undefined }, []) === undefined,
    );
    expect(holding).to.deep.equal(['no', 0]);
  });

  it('says what was wanted, what there was, and every message', () => {
    expect(checkAssertion({ violations: 2, message: 'latest' }, ['latest', 'other'])).to.equal(
      'want exactly 2, got 1 violations with a message like "latest"; messages are:\n  latest\n  other',
    );
    expect(checkAssertion({ violations: 'yes', message: undefined }, [])).to.equal('want at least 1, got 0 violations');
  });

  it('fails on what is no regular expression of RE2', () => {
    expect(checkAssertion({ violations: 'no', message: '(?=a)' }, [])).to.equal(
      '(?=a) is no regular expression of RE2',
    );
  });
});
