import { BuiltinError } from '../types.ts';

/**
 * An address as Go's `net.IP` keeps it: 128 bits, those of version 4 under `::ffff:0:0/96`, whether they were written
 * so or with dots alone.
 */
export type Address = bigint;

/** A network as Go's `net.IPNet`; of one that was written with the colons of version 6, the length counts 128 bits. */
export interface Network {
  /** Masked, but for a bare address that is taken for the network of its class. */
  readonly address: Address;
  readonly length: number;
  readonly bits: 32 | 128;
}

const mapped = 0xffffn << 32n;

function isVersion4(address: Address): boolean {
  return address >> 32n === 0xffffn;
}

/** Reads an address as `netip.ParseAddr` does, without a zone: no leading zeros, at most one `::`. */
export function readAddress(text: string): Address | undefined {
  if (!text.includes(':')) {
    const address = readVersion4(text);
    return address === undefined ? undefined : mapped | address;
  }
  const [, head = text, tail] = /^(.*[:])([\d.]*\.[\d.]*)$/.exec(text) ?? [];
  if (tail === undefined) return readGroups(text);
  const embedded = readVersion4(tail);
  if (embedded === undefined) return undefined;
  return readGroups(`${head}${(embedded >> 16n).toString(16)}:${(embedded & 0xffffn).toString(16)}`);
}

function readVersion4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return parts.reduce((address, part) => (address << 8n) | BigInt(part), 0n);
}

function readGroups(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  const isComplete = halves.length === 2 ? missing >= 1 : missing === 0;
  if (!isComplete || ![...head, ...tail].every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail];
  return groups.reduce((address, group) => (address << 16n) | BigInt(`0x${group}`), 0n);
}

/** Writes an address as `net.IP.String` does: dots for version 4, else the longest run of zero groups as `::`. */
export function writeAddress(address: Address): string {
  if (isVersion4(address)) {
    return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 0xffn).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, index) => Number((address >> BigInt(112 - 16 * index)) & 0xffffn));
  const [start, length] = longestZeros(groups);
  const write = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  return length < 2 ? write(groups) : `${write(groups.slice(0, start))}::${write(groups.slice(start + length))}`;
}

function longestZeros(groups: readonly number[]): readonly [start: number, length: number] {
  let best: readonly [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start += 1) {
    let end = start;
    while (groups[end] === 0) end += 1;
    if (end - start > best[1]) best = [start, end - start];
  }
  return best;
}

/** Reads a CIDR as `net.ParseCIDR` does; the length may have leading zeros. */
export function readNetwork(text: string): Network | undefined {
  const [, before = '', digits = ''] = /^([^/]*)\/(\d+)$/.exec(text) ?? [];
  const address = readAddress(before);
  if (address === undefined) return undefined;
  const bits = before.includes(':') ? 128 : 32;
  const length = Number(digits);
  return length > bits ? undefined : { address: mask(address, length, bits), length, bits };
}

/** The network of its class that a bare address of version 4 stands in (Go `IP.DefaultMask`). */
export function networkOf(address: Address): Network {
  if (!isVersion4(address)) throw new BuiltinError('IPv6 invalid: needs prefix length');
  const first = Number((address >> 24n) & 0xffn);
  return { address, length: first < 0x80 ? 8 : first < 0xc0 ? 16 : 24, bits: 32 };
}

/** The first address of a network; the high bits of version 4 stay, as the mask has only 32 of its own. */
function mask(address: Address, length: number, bits: 32 | 128): Address {
  const host = BigInt(bits - length);
  return (address >> host) << host;
}

export function firstOf({ address, length, bits }: Network): Address {
  return mask(address, length, bits);
}

export function lastOf(network: Network): Address {
  return firstOf(network) | ((1n << BigInt(network.bits - network.length)) - 1n);
}

/** `::ffff:10.0.0.0/104` is `10.0.0.0/8` to Go; `::/0` holds no address of version 4. */
export function contains(network: Network, address: Address): boolean {
  if (isVersion4(network.address) !== isVersion4(address)) return false;
  return mask(address, network.length, network.bits) === firstOf(network);
}

/** Whether the first network holds all of the second. */
export function isWithin(network: Network, other: Network): boolean {
  const isPlain = [network, other].every(({ address, bits }) => bits === 128 && !isVersion4(address));
  if (isPlain) return network.length <= other.length && firstOf(network) === mask(other.address, network.length, 128);
  return contains(network, other.address) && contains(network, lastOf(other));
}

/** All addresses of a network, from its first; Go begins anew after the last of all. */
export function* addressesOf(network: Network): Iterable<Address> {
  const last = (1n << 128n) - 1n;
  for (let address = firstOf(network); contains(network, address); address = address === last ? 0n : address + 1n) {
    yield address;
  }
}

export function writeNetwork({ address, length, bits }: Network): string {
  return `${writeAddress(address)}/${isVersion4(address) && bits === 128 ? length - 96 : length}`;
}
