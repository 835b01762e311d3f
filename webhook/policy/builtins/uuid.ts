import { RegoObject } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { writeTerm } from '../value/text.ts';
import { integerValue, stringOperand } from './operands.ts';
import type { Builtin } from './types.ts';

const uuidPattern = /^([\da-f]{8})-([\da-f]{4})-([\da-f]{4})-([\da-f]{4})-([\da-f]{12})$/i;

/** The sixteen bytes of a UUID in one of the spellings that github.com/google/uuid takes. */
function readUuid(text: string): Buffer | undefined {
  const bare = /^[\da-f]{32}$/i.exec(text)?.[0];
  // Whatever one character stands on either side is taken for a brace.
  const plain = /^urn:uuid:(.{36})$/is.exec(text)?.[1] ?? /^[^](.{36})[^]$/s.exec(text)?.[1] ?? text;
  const digits = bare ?? uuidPattern.exec(plain)?.slice(1).join('');
  return digits === undefined || /[^\0-\x7f]/.test(text) ? undefined : Buffer.from(digits, 'hex');
}

function variantOf(byte: number): string {
  if ((byte & 0xc0) === 0x80) return 'RFC4122';
  if ((byte & 0xe0) === 0xc0) return 'Microsoft';
  return (byte & 0xe0) === 0xe0 ? 'Future' : 'Reserved';
}

/** Hundreds of nanoseconds from the start of the Gregorian calendar in 1582 to 1970 (RFC 9562 section 5.1). */
const ticksTo1970 = 122_192_928_000_000_000n;

function nanosecondsOf(bytes: Buffer): bigint {
  const high = BigInt(bytes.readUInt16BE(6) & 0xfff);
  const ticks = (high << 48n) | (BigInt(bytes.readUInt16BE(4)) << 32n) | BigInt(bytes.readUInt32BE(0));
  return BigInt.asIntN(64, (ticks - ticksTo1970) * 100n);
}

const domains = ['Person', 'Group', 'Org'];

function describe(bytes: Buffer): RegoObject {
  const version = bytes.readUInt8(6) >> 4;
  const entries: (readonly [string, Value])[] = [
    ['version', version],
    ['variant', variantOf(bytes.readUInt8(8))],
  ];
  if (version === 1 || version === 2) {
    const node = bytes.subarray(10);
    const scope = (node.readUInt8(0) & 2) === 0 ? 'global' : 'local';
    const cast = (node.readUInt8(0) & 1) === 0 ? 'unicast' : 'multicast';
    entries.push(
      ['time', integerValue(nanosecondsOf(bytes))],
      ['nodeid', Array.from(node, (byte) => byte.toString(16).padStart(2, '0')).join('-')],
      ['macvariables', `${scope}:${cast}`],
      ['clocksequence', bytes.readUInt16BE(8) & 0x3fff],
    );
  }
  if (version === 2) {
    const domain = bytes.readUInt8(9);
    entries.push(['id', bytes.readUInt32BE(0)], ['domain', domains[domain] ?? `Domain${domain}`]);
  }
  return new RegoObject(entries);
}

/** A random UUID of version 4 (RFC 9562 section 5.4). */
function randomUuid(random: () => number): string {
  const bytes = Buffer.from(Array.from({ length: 16 }, () => Math.floor(random() * 256)));
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x40;
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80;
  const digits = bytes.toString('hex');
  return [0, 8, 12, 16, 20].map((from, at) => digits.slice(from, [8, 12, 16, 20, 32][at])).join('-');
}

/** The family `uuid` (https://www.openpolicyagent.org/docs/policy-reference/builtins/uuid). */
export const uuid: Readonly<Record<string, Builtin>> = {
  'uuid.parse': (args) => {
    const bytes = readUuid(stringOperand(args, 1));
    return bytes === undefined ? undefined : describe(bytes);
  },
  'uuid.rfc4122': ([name = null], { random, cache }) => {
    const key = `uuid.rfc4122 ${writeTerm(name)}`;
    const known = cache.get(key);
    if (typeof known === 'string') return known;
    const made = randomUuid(random);
    cache.set(key, made);
    return made;
  },
};
