import { expect } from 'chai';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../runtime/duration.ts';

describe('Durations as Go writes them', () => {
  const good: Record<string, number> = {
    '0': 0,
    '24h': 86_400_000,
    '1h30m': 5_400_000,
    '1.5s': 1_500,
    '.5s': 500,
    '250ms': 250,
    '2us': 0.002,
    '2µs': 0.002,
    '1h0.5m3s': 3_633_000,
  };
  for (const [text, ms] of Object.entries(good)) {
    it(`${text} is ${ms} ms`, () => void expect(parseDuration(text)).to.be.closeTo(ms, 1e-9));
  }

  for (const bad of ['', '24', 'h', '-1s', '1 h', '1d', '1h ', '1.2.3s', '1S', ' 1s', 'PT1H']) {
    it(`"${bad}" is none`, () => void expect(parseDuration(bad)).to.equal(undefined));
  }

  it('are read as they were written, to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e10 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).to.be.closeTo(ms, 1e-3);
      }),
    );
  });
});
