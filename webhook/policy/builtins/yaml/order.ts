import { compare } from '../../value/value.ts';
import { runes } from '../go/runes.ts';

/** go-yaml's order of keys: letters after other characters, numbers within them by their value. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  return isLess(runes(a), runes(b)) ? -1 : 1;
}

function isLess(a: readonly string[], b: readonly string[]): boolean {
  let isAfterDigit = false;
  for (let at = 0; at < a.length && at < b.length; at += 1) {
    const [left = '', right = ''] = [a[at], b[at]];
    if (left === right) {
      isAfterDigit = isDigit(left);
      continue;
    }
    const [isLeftLetter, isRightLetter] = [isLetter(left), isLetter(right)];
    if (isLeftLetter && isRightLetter) return compare(left, right) < 0;
    if (isLeftLetter || isRightLetter) return isAfterDigit ? isLeftLetter : isRightLetter;
    return isLessNumber(a, b, at);
  }
  return a.length < b.length;
}

function isLessNumber(a: readonly string[], b: readonly string[], at: number): boolean {
  const lead = a[at] === '0' || b[at] === '0' ? leadOf(a, at) : [];
  const [left, right] = [numberAt(a, at), numberAt(b, at)];
  const [size, other] = [valueOf([...lead, ...left]), valueOf([...lead, ...right])];
  if (size !== other) return size < other;
  if (left.length !== right.length) return left.length < right.length;
  return compare(a[at] ?? '', b[at] ?? '') < 0;
}

/** A digit that is not zero right before makes zeros count: 10 is less than 100. */
function leadOf(characters: readonly string[], at: number): readonly string[] {
  for (let before = at - 1; before >= 0 && isDigit(characters[before] ?? ''); before -= 1) {
    if (characters[before] !== '0') return ['1'];
  }
  return [];
}

function numberAt(characters: readonly string[], at: number): readonly string[] {
  let end = at;
  while (isDigit(characters[end] ?? '')) end += 1;
  return characters.slice(at, end);
}

/** As Go computes it: 64 bits that overflow, and digits of other scripts by their distance from 0. */
function valueOf(digits: readonly string[]): bigint {
  return digits.reduce((sum, digit) => BigInt.asIntN(64, sum * 10n + BigInt((digit.codePointAt(0) ?? 0) - 0x30)), 0n);
}

function isDigit(character: string): boolean {
  return /^\p{Nd}$/u.test(character);
}

function isLetter(character: string): boolean {
  return /^\p{L}$/u.test(character);
}
