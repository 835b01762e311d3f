import { expect } from 'chai';
import { nearestOf } from '../../../runtime/nearest.ts';

describe('Nearest spelling', () => {
  const keys = ['telemetry', 'telemetry-containers', 'inject', 'lock'];
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['telemtry', 'telemetry'],
    ['Telemetry', 'telemetry'],
    ['ijnect', 'inject'],
    ['telemetry-container', 'telemetry-containers'],
    ['lokc', 'lock'],
    ['mesh', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ];
  for (const [written, nearest] of cases) {
    it(`of "${written.slice(0, 20)}" is ${nearest ?? 'none'}`, () => {
      expect(nearestOf(written, keys)).to.equal(nearest);
    });
  }
});
