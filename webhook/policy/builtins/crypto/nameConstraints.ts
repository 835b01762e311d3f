import { readAddress } from '../net/network.ts';
import { nameTags } from './alternativeNames.ts';
import { contextTag, DerReader, malformed, tags } from './der.ts';
import { isDomain, readMailbox } from './domain.ts';
import { readAscii } from './name.ts';

/** A network as a certificate writes it: four or sixteen bytes each; the address may have bits beyond the mask. */
export interface AddressRange {
  readonly address: Buffer;
  readonly mask: Buffer;
}

/** What names the certificates below may have, or may not have. */
export interface Subtrees {
  readonly dns: readonly string[];
  readonly ips: readonly AddressRange[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

export interface NameConstraints {
  readonly permitted: Subtrees;
  readonly excluded: Subtrees;
  /** There are names of a kind that Go does not know. */
  readonly isUnhandled: boolean;
}

export const noSubtrees: Subtrees = { dns: [], ips: [], emails: [], uris: [] };

/** Reads the extension of RFC 5280 section 4.2.1.10. */
export function readNameConstraints(value: Buffer): NameConstraints {
  const outer = new DerReader(value);
  const reader = outer.inside(tags.sequence);
  const permitted = reader.optional(contextTag(0, 'constructed'));
  const excluded = reader.optional(contextTag(1, 'constructed'));
  const isEmpty = (permitted?.isEmpty ?? true) && (excluded?.isEmpty ?? true);
  if (!outer.isEmpty || !reader.isEmpty || isEmpty) malformed('name constraints');
  const [inside, outside] = [readSubtrees(permitted), readSubtrees(excluded)];
  return {
    permitted: inside.subtrees,
    excluded: outside.subtrees,
    isUnhandled: inside.isUnhandled || outside.isUnhandled,
  };
}

function readSubtrees(reader: DerReader | undefined): { readonly subtrees: Subtrees; readonly isUnhandled: boolean } {
  const [dns, ips, emails, uris]: [string[], AddressRange[], string[], string[]] = [[], [], [], []];
  let isUnhandled = false;
  while (reader?.isEmpty === false) {
    const { tag, content } = reader.inside(tags.sequence).any();
    if (tag === nameTags.dns) dns.push(readDomain(content));
    else if (tag === nameTags.ip) ips.push(readRange(content));
    else if (tag === nameTags.email) emails.push(readMail(content));
    else if (tag === nameTags.uri) uris.push(readHost(content));
    else isUnhandled = true;
  }
  return { subtrees: { dns, ips, emails, uris }, isUnhandled };
}

function readDomain(content: Buffer): string {
  const domain = readAscii(content);
  return isDomain(domain, 'constraint') ? domain : malformed('domain');
}

function readMail(content: Buffer): string {
  const text = readAscii(content);
  if (!text.includes('@')) return readDomain(content);
  return readMailbox(text) === undefined ? malformed('mailbox') : text;
}

function readHost(content: Buffer): string {
  return readAddress(readAscii(content)) === undefined ? readDomain(content) : malformed('host');
}

function readRange(content: Buffer): AddressRange {
  if (content.length !== 8 && content.length !== 32) malformed('IP range');
  const half = content.length / 2;
  const mask = content.subarray(half);
  const bits = Array.from(mask, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? { address: content.subarray(0, half), mask } : malformed('IP mask');
}
