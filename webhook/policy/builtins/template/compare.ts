import { compare } from '../../value/value.ts';
import type { GoValue } from '../go/value.ts';
import { BuiltinError } from '../types.ts';

/** Kinds of values that text/template compares; other values only equal nil or not. */
type Kind = 'bool' | 'int' | 'uint' | 'float' | 'string' | 'other';

const kinds: Readonly<Partial<Record<GoValue['type'], Kind>>> = {
  bool: 'bool',
  int: 'int',
  int64: 'int',
  uint8: 'uint',
  float64: 'float',
  string: 'string',
  'json.Number': 'string',
};

function kindOf(value: GoValue | undefined): Kind {
  return (value === undefined ? undefined : kinds[value.type]) ?? 'other';
}

function isNil(value: GoValue | undefined): boolean {
  return value === undefined || value.type === 'nil';
}

/** Both of whole numbers. */
function areWhole(a: Kind, b: Kind): boolean {
  return (a === 'int' || a === 'uint') && (b === 'int' || b === 'uint');
}

/**
 * Whether a value equals one of others.
 *
 * @throws BuiltinError where Go cannot compare two of them before it finds one.
 */
export function equals(first: GoValue | undefined, others: readonly (GoValue | undefined)[]): boolean {
  if (others.length === 0) throw new BuiltinError('missing argument for comparison');
  return others.some((other) => equalsOne(first, other));
}

function equalsOne(a: GoValue | undefined, b: GoValue | undefined): boolean {
  const [left, right] = [kindOf(a), kindOf(b)];
  if (left === 'other' && right === 'other') {
    if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
    throw new BuiltinError('non-comparable types');
  }
  if (left !== right && !areWhole(left, right)) {
    if (!isNil(a) && !isNil(b)) throw new BuiltinError('incompatible types for comparison');
    return false;
  }
  return valueOf(a) === valueOf(b);
}

/** @throws BuiltinError for values that have no order, or are of different kinds. */
export function compareBasic(
  a: GoValue | undefined,
  b: GoValue | undefined,
): readonly [isLess: boolean, isEqual: boolean] {
  const [left, right] = [kindOf(a), kindOf(b)];
  if (left === 'other' || right === 'other') throw new BuiltinError('invalid type for comparison');
  if (left !== right && !areWhole(left, right)) throw new BuiltinError('incompatible types for comparison');
  if (left === 'bool') throw new BuiltinError('invalid type for comparison');
  const [one, other] = [valueOf(a), valueOf(b)];
  const order =
    typeof one === 'string' && typeof other === 'string' ? compare(one, other) : one < other ? -1 : Number(one > other);
  return [order < 0, order === 0];
}

function valueOf(value: GoValue | undefined): boolean | bigint | number | string {
  return value !== undefined && 'value' in value ? value.value : '';
}
