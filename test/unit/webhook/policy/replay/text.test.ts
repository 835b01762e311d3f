import { expect } from 'chai';
import fc from 'fast-check';
import type { Replay } from '../../../../../webhook/policy/replay/replay.ts';
import { replayWarning } from '../../../../../webhook/policy/replay/text.ts';

const now = Date.parse('2026-11-25T09:00:00Z');
const example = { operation: 'CREATE', kind: 'Pod', namespace: 'shop', name: 'web-1', message: 'needs an owner' };
const replay = (more: Partial<Replay> = {}): Replay => ({
  since: '2026-11-25T07:12:03.456Z',
  requests: 312,
  wouldRefuse: 0,
  wouldWarn: 0,
  failed: 0,
  examples: [],
  isWhole: true,
  ...more,
});

describe('policy/replay/text', () => {
  const cases: readonly (readonly [string, Replay, string | undefined])[] = [
    ['nothing where nothing is kept', replay({ since: undefined, requests: 0 }), undefined],
    [
      'that no request was one for the policy',
      replay({ requests: 0 }),
      'No request since 07:12:03Z is one that the policy is for. [PolicyReplay]',
    ],
    [
      'that all would have passed',
      replay(),
      'Of the last 312 requests since 07:12:03Z it would have refused none. [PolicyReplay]',
    ],
    [
      'one refusal',
      replay({ wouldRefuse: 1, examples: [example] }),
      'Of the last 312 requests since 07:12:03Z it would have refused 1: Pod shop/web-1: needs an owner. [PolicyReplay]',
    ],
    [
      'several, the warnings and the failures with them',
      replay({ wouldRefuse: 2, wouldWarn: 1, failed: 4, examples: [{ ...example, message: 'ends here.' }] }),
      'Of the last 312 requests since 07:12:03Z it would have refused 2, warned of 1, failed for 4: ' +
        'Pod shop/web-1: ends here, and 2 more. [PolicyReplay]',
    ],
    [
      'the date of what is older than a day, and what there was no time for',
      replay({ since: '2026-11-24T07:12:03.456Z', isWhole: false }),
      'Of the last 312 requests since 2026-11-24T07:12:03Z (all that could be asked in time) it would have refused ' +
        'none. [PolicyReplay]',
    ],
    [
      'what has no namespace by its name',
      replay({ wouldRefuse: 1, examples: [{ ...example, kind: 'Namespace', namespace: '', name: 'shop' }] }),
      'Of the last 312 requests since 07:12:03Z it would have refused 1: Namespace shop: needs an owner. [PolicyReplay]',
    ],
  ];
  for (const [what, of, text] of cases) {
    it(`says ${what}`, () => expect(replayWarning(of, now)).to.equal(text));
  }

  it('is one line of at most 300 characters, whatever the policy says', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 1_000 });
    fc.assert(
      fc.property(texts, fc.nat(1_000), fc.string({ maxLength: 63 }), (message, wouldRefuse, name) => {
        const of = replay({ wouldRefuse, wouldWarn: 1, examples: [{ ...example, name, message }] });
        const text = replayWarning(of, now) ?? '';
        expect(Array.from(text).length).to.be.within(60, 300);
        expect(text).to.not.match(/[\u0000-\u001f\u007f-\u009f]/);
        expect(text.endsWith(' [PolicyReplay]')).to.equal(true);
      }),
    );
  });
});
