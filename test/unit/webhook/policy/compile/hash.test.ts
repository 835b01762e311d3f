import { expect } from 'chai';
import fc from 'fast-check';
import { hashOf } from '../../../../../webhook/policy/compile/hash.ts';

const file = fc.record({ name: fc.constantFrom('a.rego', 'b.rego'), text: fc.string({ maxLength: 4 }) });
const files = fc.array(file, { maxLength: 2 });
const source = fc.oneof(
  fc.record({ files, package: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }) }),
  fc.record({
    files,
    regoVersion: fc.constantFrom('v0' as const, 'v1' as const),
    entrypoints: fc.array(fc.constantFrom('a/deny', 'a/warn'), { minLength: 1, maxLength: 2 }),
  }),
);
const version = fc.constantFrom('1.22.2', '1.22.3');

describe('policy/compile/hash', () => {
  it('is SHA-256 in hex', () => {
    expect(hashOf({ files: [], package: undefined }, '1.22.2')).to.match(/^[0-9a-f]{64}$/);
  });

  it('is equal exactly for equal sources, questions and versions of OPA', () => {
    fc.assert(
      fc.property(source, version, source, version, (left, leftVersion, right, rightVersion) => {
        const isEqual = JSON.stringify([left, leftVersion]) === JSON.stringify([right, rightVersion]);
        expect(hashOf(left, leftVersion) === hashOf(right, rightVersion)).to.equal(isEqual);
      }),
      { numRuns: 500 },
    );
    const one = { files: [{ name: 'a.rego', text: 'x' }], package: 'a' };
    expect(hashOf(one, '1')).to.equal(hashOf({ ...one }, '1'));
  });

  it('cannot be made equal by moving text from one field to the next', () => {
    const split = (name: string, text: string) => hashOf({ files: [{ name, text }], package: undefined }, '1');
    expect(split('a', 'bc')).to.not.equal(split('ab', 'c'));
  });
});
