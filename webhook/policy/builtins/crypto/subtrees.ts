import { unsigned } from './der.ts';
import { readMailbox } from './domain.ts';
import type { Mailbox } from './domain.ts';
import { lower } from './hostname.ts';
import type { AddressRange } from './nameConstraints.ts';
import { SortedConstraints } from './sortedSet.ts';
import type { ConstraintOrder } from './sortedSet.ts';

/** Whether a name falls under any of the constraints; undefined where there are none. */
export type Holder<Name> = ((name: Name) => boolean) | undefined;

/** Whether constraints say what is permitted or what is excluded. */
export type Sense = 'permitted' | 'excluded';

const mappedPrefix = Buffer.from('00000000000000000000ffff', 'hex');

/** Addresses of version 4 in four bytes, also those that are written in sixteen (Go `IP.To4`). */
function short(ip: Buffer): Buffer {
  return ip.length === 16 && ip.subarray(0, 12).equals(mappedPrefix) ? ip.subarray(12) : ip;
}

function isInRange({ address, mask }: AddressRange, ip: Buffer): boolean {
  const [network, target] = [short(address), short(ip)];
  if (network.length !== target.length) return false;
  const bits = unsigned(mask.subarray(mask.length - network.length));
  return (unsigned(network) & bits) === (unsigned(target) & bits);
}

const ipOrder: ConstraintOrder<AddressRange, Buffer> = {
  compare: (a, b) => Buffer.compare(a.address, b.address) || Buffer.compare(a.mask, b.mask),
  holds: (a, b) => {
    const last = Buffer.from(b.address.map((byte, at) => byte | (~(b.mask[at] ?? 0) & 0xff)));
    return isInRange(a, b.address) && isInRange(a, last);
  },
  compareName: ({ address }, ip) => Buffer.compare(address, ip),
  matches: isInRange,
};

export function ipHolder(ranges: readonly AddressRange[]): Holder<Buffer> {
  if (ranges.length === 0) return undefined;
  const bySize = new Map(
    [4, 16].map((size) => [
      size,
      new SortedConstraints(
        ranges.filter(({ address }) => address.length === size),
        ipOrder,
      ),
    ]),
  );
  return (ip) => bySize.get(ip.length)?.hold(ip) ?? false;
}

/** From the last character to the first, a dot before all others: parents stand right before their children. */
function compareDomains(a: string, b: string): number {
  const key = (text: string) => Buffer.from(lower(text).replaceAll('.', '\0'), 'latin1').reverse();
  return Buffer.compare(key(a), key(b));
}

/** `b.c` holds itself and what ends with `.b.c`; `.b.c` only the latter. */
function holdsDomain(constraint: string, domain: string): boolean {
  const [parent, child] = [lower(constraint), lower(domain)];
  if (!child.endsWith(parent)) return false;
  return parent.startsWith('.') || child.length === parent.length || child[child.length - parent.length - 1] === '.';
}

const domainOrder: ConstraintOrder<string, string> = {
  compare: compareDomains,
  holds: holdsDomain,
  compareName: compareDomains,
  matches: holdsDomain,
};

function parentOf(domain: string): string | undefined {
  const dot = domain.indexOf('.');
  return dot < 0 ? undefined : lower(domain.slice(dot));
}

/** An excluded `a.b.c` excludes `*.b.c` too, which could be used for it. */
export function domainHolder(domains: readonly string[], sense: Sense): Holder<string> {
  if (domains.length === 0) return undefined;
  if (domains.includes('')) return () => true;
  const sorted = new SortedConstraints(domains, domainOrder);
  const parents = new Set(domains.map(parentOf));
  return (name) =>
    sorted.hold(name) ||
    (sense === 'excluded' && name.startsWith('*') && parentOf(name) !== undefined && parents.has(parentOf(name)));
}

/** A constraint is one mailbox, or a domain whose mailboxes it holds. */
export function mailHolder(constraints: readonly string[], sense: Sense): Holder<Mailbox> {
  if (constraints.length === 0) return undefined;
  const key = ({ local, domain }: Mailbox) => JSON.stringify([local, lower(domain)]);
  const mailboxes = new Set(
    constraints.flatMap((constraint) => {
      const mailbox = constraint.includes('@') ? readMailbox(constraint) : undefined;
      return mailbox === undefined ? [] : [key(mailbox)];
    }),
  );
  const domains = domainHolder(
    constraints.filter((constraint) => !constraint.includes('@')),
    sense,
  );
  return (mailbox) => mailboxes.has(key(mailbox)) || domains?.(mailbox.domain) === true;
}
