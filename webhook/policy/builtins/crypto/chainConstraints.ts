import { readAddress } from '../net/network.ts';
import type { ParsedUrl } from '../urls/parse.ts';
import type { Certificate } from './certificate.ts';
import { isDomain, readMailbox } from './domain.ts';
import type { Mailbox } from './domain.ts';
import { lower } from './hostname.ts';
import type { Subtrees } from './nameConstraints.ts';
import { domainHolder, ipHolder, mailHolder } from './subtrees.ts';
import type { Holder, Sense } from './subtrees.ts';

const nameConstraintsOid = '2.5.29.30';
const alternativeNamesOid = '2.5.29.17';

function hasExtension({ extensions }: Certificate, oid: string): boolean {
  return extensions.some(({ id }) => id.join('.') === oid);
}

/** Whether the names of all certificates keep to the constraints of those above them; the leaf is the first. */
export function keepsConstraints(chain: readonly Certificate[]): boolean {
  return chain.every((certificate, at) => {
    const above = chain.slice(at + 1).filter((authority) => hasExtension(authority, nameConstraintsOid));
    if (above.length === 0 || !hasExtension(certificate, alternativeNamesOid)) return true;
    const names = readNames(certificate);
    return names !== undefined && above.every(({ details }) => allow(details, names));
  });
}

/** Names in the form in which they are compared. */
interface Names {
  readonly dns: readonly string[];
  readonly ips: readonly Buffer[];
  readonly hosts: readonly string[];
  readonly mailboxes: readonly Mailbox[];
}

/** Undefined where a name cannot be compared with any constraint: then the chain is refused. */
function readNames({ details }: Certificate): Names | undefined {
  const { dns, emails, ips, uris } = details.names;
  const hosts = uris.map(hostOf);
  const mailboxes = emails.map(readMailbox);
  const domains = [...dns, ...hosts, ...mailboxes.map((mailbox) => mailbox?.domain)];
  if (domains.some((domain) => domain === undefined || !isDomain(domain, 'name'))) return undefined;
  return {
    dns,
    ips,
    hosts: hosts.filter((host) => host !== undefined),
    mailboxes: mailboxes.filter((mailbox) => mailbox !== undefined),
  };
}

/** The host of a URI without its port; undefined for none, and for an address. */
function hostOf({ host }: ParsedUrl): string | undefined {
  const name = lower(host);
  const [, bare = name, port] = name.endsWith(']') ? [] : (/^([^:]*):([^:]*)$/.exec(name) ?? []);
  const isReadable = name !== '' && !(bare.includes(':') && port === undefined && !name.endsWith(']'));
  return !isReadable || readAddress(bare) !== undefined || /^\[.*\]$/.test(bare) ? undefined : bare;
}

function allow(
  { permitted, excluded }: { readonly permitted: Subtrees; readonly excluded: Subtrees },
  names: Names,
): boolean {
  const check = <Name>(of: readonly Name[], holder: (subtrees: Subtrees, sense: Sense) => Holder<Name>) => {
    const [inside, outside] = [holder(permitted, 'permitted'), holder(excluded, 'excluded')];
    return of.every((name) => (inside?.(name) ?? true) && outside?.(name) !== true);
  };
  return (
    check(names.ips, ({ ips }) => ipHolder(ips)) &&
    check(names.dns, ({ dns }, sense) => domainHolder(dns, sense)) &&
    check(names.hosts, ({ uris }, sense) => domainHolder(uris, sense)) &&
    check(names.mailboxes, ({ emails }, sense) => mailHolder(emails, sense))
  );
}
