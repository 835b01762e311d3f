import { expect } from 'chai';
import fc from 'fast-check';
import { writeParameters, writeReview } from '../../../../../settings/policies/gatekeeper/json.ts';

describe('settings/policies/gatekeeper/json', () => {
  it('means what JSON.stringify means', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const meant = JSON.parse(JSON.stringify(value)) as unknown;
        expect(JSON.parse(writeReview(value))).to.deep.equal(meant);
        expect(JSON.parse(writeParameters(value))).to.deep.equal(meant);
      }),
    );
  });

  // As `gator verify` 3.23.1 shows them, of an object and of parameters.
  const numbers: readonly (readonly [number | bigint, string, string])[] = [
    [0, '0', '0'],
    [-0, '0', '0'],
    [420, '420', '420'],
    [999_999, '999999', '999999'],
    [1_000_000, '1e+06', '1000000'],
    [123_456_789, '1.23456789e+08', '123456789'],
    [123_456_789.5, '1.234567895e+08', '1.234567895e+08'],
    [9_007_199_254_740_991, '9.007199254740991e+15', '9007199254740991'],
    [9_007_199_254_740_993n, '9.007199254740992e+15', '9007199254740993'],
    [10n ** 18n, '1e+18', '1000000000000000000'],
    [10n ** 22n, '1e+22', '1e+22'],
    [1e20, '1e+20', '1e+20'],
    [-2.5, '-2.5', '-2.5'],
    [0.0001, '0.0001', '0.0001'],
    [0.00001, '1e-05', '1e-05'],
    [1e-7, '1e-07', '1e-07'],
    [1.5e300, '1.5e+300', '1.5e+300'],
  ];
  for (const [number, ofReview, ofParameters] of numbers) {
    it(`spells ${number} as Gatekeeper does`, () => {
      expect(writeReview({ a: [number] })).to.equal(`{"a":[${ofReview}]}`);
      expect(writeParameters({ a: [number] })).to.equal(`{"a":[${ofParameters}]}`);
    });
  }

  it('spells a number the same wherever it stands, and whatever else is there', () => {
    const number = fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(...numbers.map(([each]) => Number(each))),
    );
    const { json } = fc.letrec<{ json: unknown }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 4 },
        number,
        fc.constantFrom('', ',1234567', '":1e9', 'é', null, true),
        fc.array(tie('json'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom('a', 'b":', '1234567', '__proto__'), tie('json'), { noNullPrototype: true }),
      ),
    }));
    // A number that Go spells otherwise has each one looked at.
    fc.assert(
      fc.property(json, (value) => {
        expect(writeReview([value, 1e300])).to.equal(`[${writeReview(value)},1e+300]`);
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves out what is undefined', () => {
    expect(writeReview({ a: undefined, b: [undefined] })).to.equal('{"b":[null]}');
  });
});
