import { stringOperand } from './operands.ts';
import { BuiltinError } from './types.ts';
import type { Builtin } from './types.ts';

/** A version as semver.org 2.0.0 has it; build metadata has no say in the order. */
interface Version {
  readonly numbers: readonly bigint[];
  /** Empty without a pre-release. */
  readonly preRelease: readonly string[];
}

const number = String.raw`(0|[1-9]\d*)`;
const identifiers = String.raw`[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*`;
const versionPattern = new RegExp(
  String.raw`^v?${number}\.${number}\.${number}(?:-(${identifiers}))?(?:\+${identifiers})?$`,
);

const int64Max = 2n ** 63n - 1n;

/** Reads a version; a `v` may stand before it, numbers have at most 64 bits, identifiers of digits no leading zero. */
function readVersion(text: string): Version | undefined {
  const [match, major = '', minor = '', patch = '', preRelease] = versionPattern.exec(text) ?? [];
  if (match === undefined) return undefined;
  const numbers = [major, minor, patch].map(BigInt);
  const parts = preRelease?.split('.') ?? [];
  if (numbers.some((part) => part > int64Max) || parts.some((part) => /^0\d+$/.test(part))) return undefined;
  return { numbers, preRelease: parts };
}

function order<T extends bigint | number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Numbers come before words; OPA holds a number that overflows for the largest one. */
function compareIdentifiers(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => (/^\d+$/.test(text) ? BigInt(text) : undefined));
  if (left === undefined || right === undefined) {
    return left === right ? order(a, b) : left === undefined ? 1 : -1;
  }
  const clamp = (value: bigint) => (value > int64Max ? int64Max : value);
  return order(clamp(left), clamp(right));
}

/** Where two pre-releases differ only beyond 64 bits they are equal here; OPA 1.22.2 never ends on them. */
function compareVersions(a: Version, b: Version): number {
  for (const [at, left] of a.numbers.entries()) {
    const found = order(left, b.numbers[at] ?? 0n);
    if (found !== 0) return found;
  }
  if (a.preRelease.length === 0 || b.preRelease.length === 0) return order(b.preRelease.length, a.preRelease.length);
  for (const [at, left] of a.preRelease.entries()) {
    const right = b.preRelease[at];
    const found = right === undefined ? 1 : compareIdentifiers(left, right);
    if (found !== 0) return found;
  }
  return order(a.preRelease.length, b.preRelease.length);
}

/** The family `semver` (https://www.openpolicyagent.org/docs/policy-reference/builtins/semver). */
export const semver: Readonly<Record<string, Builtin>> = {
  'semver.is_valid': ([version]) => typeof version === 'string' && readVersion(version) !== undefined,
  'semver.compare': (args) => {
    const [a, b] = [1, 2].map((position) => readVersion(stringOperand(args, position)));
    if (a === undefined || b === undefined) {
      throw new BuiltinError(`operand ${a === undefined ? 1 : 2} is not a valid SemVer`);
    }
    return compareVersions(a, b);
  },
};
