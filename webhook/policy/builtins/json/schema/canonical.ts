import { readNumber, writeNumber } from '../../../value/number.ts';
import { isArray, isNumber, RegoObject } from '../../../value/value.ts';
import type { Value } from '../../../value/value.ts';
import { BuiltinError } from '../../types.ts';
import { marshal } from '../convert.ts';

/**
 * The text of a JSON value by which values are equal: numbers are doubles, so that 1.0 is 1.
 *
 * @throws BuiltinError for a number beyond doubles.
 */
export function canonical(json: Value): string {
  return marshal(rounded(json));
}

function rounded(json: Value): Value {
  if (isNumber(json)) {
    const double = Number(writeNumber(json));
    if (!Number.isFinite(double)) throw new BuiltinError('the number is beyond doubles');
    return readNumber(Object.is(double, -0) ? '-0' : String(double));
  }
  if (isArray(json)) return json.map(rounded);
  if (json instanceof RegoObject) return new RegoObject(json.entries.map(([key, value]) => [key, rounded(value)]));
  return json;
}
