import { expect } from 'chai';
import fc from 'fast-check';
import { writeJson } from '../../../../settings/policies/json.ts';

describe('settings/policies/json', () => {
  it('writes what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(writeJson(value)).to.equal(JSON.stringify(value));
      }),
    );
  });

  it('writes whole numbers without losing a digit, and leaves out what is undefined', () => {
    expect(writeJson({ a: 9007199254740993n, b: [undefined, -1n], c: undefined })).to.equal(
      '{"a":9007199254740993,"b":[null,-1]}',
    );
  });
});
