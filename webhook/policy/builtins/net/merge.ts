import { firstOf, lastOf, writeNetwork } from './network.ts';
import type { Network } from './network.ts';

interface Range {
  readonly first: bigint;
  readonly last: bigint;
  /** The network that it is alone, as it was written. */
  readonly network?: Network;
}

/**
 * The fewest networks that hold the same addresses. A network that meets no other stays as it was written, bits of its
 * host included.
 *
 * OPA 1.22.2 ends in a panic when it has to merge networks of version 6 that begin with a zero byte (`::2/128` and
 * `::3/128`) or are mapped ones of version 4: these are merged here as all others are.
 */
export function mergeNetworks(networks: readonly Network[]): readonly string[] {
  const ranges = networks
    .map((network): Range => ({ first: firstOf(network), last: lastOf(network), network }))
    .sort((a, b) => order(a.last, b.last) || order(a.first, b.first));
  // From the last to the first: a range that begins before its neighbour ends, or right after, joins it.
  for (let at = ranges.length - 1; at > 0; at -= 1) {
    const [before, range] = [ranges[at - 1], ranges[at]];
    if (before === undefined || range === undefined || previous(range.first) > before.last) continue;
    ranges.splice(at - 1, 2, { first: before.first < range.first ? before.first : range.first, last: range.last });
  }
  return ranges.flatMap(({ first, last, network }) =>
    (network === undefined ? cover(first, last) : [network]).map(writeNetwork),
  );
}

function order(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const firstVersion4 = 0xffffn << 32n;

/** Before the first address of either version there is none. */
function previous(address: bigint): bigint {
  return address === 0n || address === firstVersion4 ? address : address - 1n;
}

/** The networks that hold just the addresses of a range: each as large as its first address and the rest allow. */
function cover(first: bigint, last: bigint): readonly Network[] {
  const found: Network[] = [];
  const isVersion4 = first >> 32n === 0xffffn;
  const bits = isVersion4 ? 32 : 128;
  for (let start = first; start <= last;) {
    let host = 0;
    while (host < bits && start % (1n << BigInt(host + 1)) === 0n && start + (1n << BigInt(host + 1)) - 1n <= last) {
      host += 1;
    }
    found.push({ address: start, length: bits - host, bits });
    start += 1n << BigInt(host);
  }
  return found;
}
