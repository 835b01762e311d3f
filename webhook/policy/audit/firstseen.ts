import { createHash } from 'node:crypto';

/**
 * When violations were seen first: seconds since the Unix epoch, by a key of 28 hexadecimal digits. Of these the first 12
 * stand for the policy, the others for the object.
 */
export type FirstSeen = ReadonlyMap<string, number>;

const sizes = { policyBytes: 6, objectBytes: 8, timeBytes: 4 };
const keyBytes = sizes.policyBytes + sizes.objectBytes;
const recordBytes = keyBytes + sizes.timeBytes;

/** The part of a key that stands for a policy. */
export function policyKey(policy: string): string {
  return digest(policy, sizes.policyBytes);
}

export function policyOf(key: string): string {
  return key.slice(0, sizes.policyBytes * 2);
}

/** Key of an object's violations of one policy, whatever their messages: these may hold numbers that change. */
export function firstSeenKey(
  policy: string,
  object: { readonly kind: string; readonly namespace: string; readonly name: string },
): string {
  const { kind, namespace, name } = object;
  return policyKey(policy) + digest([kind, namespace, name].join('\n'), sizes.objectBytes);
}

/** Each entry of both, the earliest time of each: commutative, associative, idempotent. */
export function mergeFirstSeen(left: FirstSeen, right: FirstSeen): FirstSeen {
  const merged = new Map(left);
  for (const [key, at] of right) merged.set(key, Math.min(at, merged.get(key) ?? at));
  return merged;
}

/** The newest `limit` entries, and the keys of the oldest, which there is no room for. */
export function capFirstSeen(
  entries: FirstSeen,
  limit: number,
): { readonly kept: FirstSeen; readonly dropped: readonly string[] } {
  if (entries.size <= limit) return { kept: entries, dropped: [] };
  const sorted = [...entries].sort(([left, before], [right, after]) => after - before || (left < right ? -1 : 1));
  return { kept: new Map(sorted.slice(0, limit)), dropped: sorted.slice(limit).map(([key]) => key) };
}

/** 18 bytes for each entry, in the order of the keys, as base64: 5 000 entries are 120 kB. Equal maps, equal texts. */
export function writeFirstSeen(entries: FirstSeen): string {
  const buffer = Buffer.alloc(entries.size * recordBytes);
  [...entries]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .forEach(([key, at], index) => {
      buffer.write(key, index * recordBytes, 'hex');
      buffer.writeUInt32BE(at, index * recordBytes + keyBytes);
    });
  return buffer.toString('base64');
}

/** Reads what `writeFirstSeen` wrote; what is left over at the end is left out. */
export function readFirstSeen(text: string): FirstSeen {
  const buffer = Buffer.from(text, 'base64');
  const count = Math.floor(buffer.length / recordBytes);
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const start = index * recordBytes;
      return [buffer.toString('hex', start, start + keyBytes), buffer.readUInt32BE(start + keyBytes)] as const;
    }),
  );
}

function digest(text: string, bytes: number): string {
  return createHash('sha256')
    .update(text)
    .digest('hex')
    .slice(0, bytes * 2);
}
