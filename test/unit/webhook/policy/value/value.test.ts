import { expect } from 'chai';
import fc from 'fast-check';
import { Decimal, readNumber, writeNumber } from '../../../../../webhook/policy/value/number.ts';
import { readTerm, writeTerm } from '../../../../../webhook/policy/value/text.ts';
import { compare, RegoObject, RegoSet } from '../../../../../webhook/policy/value/value.ts';
import type { Value } from '../../../../../webhook/policy/value/value.ts';

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.bigInt(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 4 }).map((values) => new RegoSet(values)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new RegoObject(entries)),
  ),
}));

describe('policy/value', () => {
  it('reads what it writes', () => {
    fc.assert(fc.property(value, (any) => compare(readTerm(writeTerm(any)), any) === 0));
  });

  it('orders values: reflexive, antisymmetric, transitive', () => {
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        expect(compare(a, a)).to.equal(0);
        expect(compare(a, b)).to.equal(-compare(b, a) + 0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).to.be.at.most(0);
      }),
    );
  });

  it('keeps every digit of a number, and its spelling', () => {
    expect(readNumber('12345678901234567890')).to.equal(12345678901234567890n);
    expect(readNumber('0.1')).to.equal(0.1);
    expect(readNumber('0.10000000000000000001')).to.be.instanceOf(Decimal);
    for (const text of ['1e400', '0.10000000000000000001', '-98765432109876543210.5', '1.0', '1e2', '-0', '-0.0']) {
      expect(writeNumber(readNumber(text))).to.equal(text);
    }
  });

  it('compares numbers by value, not by spelling, and whatever their size', () => {
    expect(compare(readTerm('1e2'), 100)).to.equal(0);
    expect(compare(readTerm('1e400'), readTerm('1e399'))).to.equal(1);
    expect(compare(readTerm('-1e999999999'), 0)).to.equal(-1);
    expect(compare(readTerm('0.10000000000000000001'), 0.1)).to.equal(1);
  });

  it('orders texts as the bytes of UTF-8 are ordered, not as UTF-16 has them', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{1f600}') });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(compare(a, b)).to.equal(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it('orders types as Rego does', () => {
    const ordered = ['null', 'false', 'true', '-1', '2', '"a"', '[]', '[1]', '{}', '{"a":1}', 'set()', '{1}'];
    const shuffled = [...ordered].reverse().map(readTerm).sort(compare);
    expect(shuffled.map(writeTerm)).to.deep.equal(ordered);
  });

  it('keeps each member of a set once, and of equal keys the last value', () => {
    expect(writeTerm(new RegoSet([2, 1, 2, 1]))).to.equal('{1,2}');
    const object = new RegoObject([
      ['b', 1],
      ['a', 2],
      ['b', 3],
    ]);
    expect(writeTerm(object)).to.equal('{"a":2,"b":3}');
    expect(object.get('b')).to.equal(3);
    expect(object.get('c')).to.equal(undefined);
    expect(new RegoSet([1, [2], 'x']).has([2])).to.equal(true);
  });

  it('refuses what is no term', () => {
    for (const text of ['', '{1', '[1,]', '{"a":}', 'truex', '1 2', '"', '{1:2,3}']) {
      expect(() => readTerm(text), text).to.throw(SyntaxError);
    }
  });
});
