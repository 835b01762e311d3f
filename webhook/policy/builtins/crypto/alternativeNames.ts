import type { ParsedUrl } from '../urls/parse.ts';
import { parseUrl } from '../urls/parse.ts';
import { contextTag, DerReader, malformed, tags } from './der.ts';
import { isDomain } from './domain.ts';
import { readAscii } from './name.ts';

/** The names of a subject beside its distinguished name (RFC 5280 section 4.2.1.6), of the kinds that Go reads. */
export interface AlternativeNames {
  readonly dns: readonly string[];
  readonly emails: readonly string[];
  /** Of four or sixteen bytes. */
  readonly ips: readonly Buffer[];
  readonly uris: readonly ParsedUrl[];
}

export const noAlternativeNames: AlternativeNames = { dns: [], emails: [], ips: [], uris: [] };

/** The tags of a GeneralName. */
export const nameTags = { email: contextTag(1), dns: contextTag(2), uri: contextTag(6), ip: contextTag(7) } as const;

export function readAlternativeNames(value: Buffer): AlternativeNames {
  const [dns, emails, ips, uris]: [string[], string[], Buffer[], ParsedUrl[]] = [[], [], [], []];
  const names = new DerReader(value).inside(tags.sequence);
  while (!names.isEmpty) {
    const { tag, content } = names.any();
    if (tag === nameTags.email) emails.push(readAscii(content));
    else if (tag === nameTags.dns) dns.push(readAscii(content));
    else if (tag === nameTags.uri) uris.push(readUri(readAscii(content)));
    else if (tag === nameTags.ip)
      ips.push(content.length === 4 || content.length === 16 ? content : malformed('IP address'));
  }
  return { dns, emails, ips, uris };
}

function readUri(text: string): ParsedUrl {
  const uri = parseUrl(text);
  return uri.host === '' || isDomain(uri.host, 'name') ? uri : malformed('URI');
}
