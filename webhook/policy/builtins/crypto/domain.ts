/** Whether Go takes a text for a domain in a certificate; a constraint may begin with a dot (`x509.domainNameValid`). */
export function isDomain(text: string, role: 'name' | 'constraint'): boolean {
  if (text === '') return true;
  const labels = role === 'constraint' && text.startsWith('.') ? text.slice(1) : text;
  return labels.split('.').every((label) => /^[!-~]+$/.test(label));
}

/** An address of electronic mail. */
export interface Mailbox {
  readonly local: string;
  readonly domain: string;
}

const quoted = /^"((?:[\x01-\x08\x0b\x0c\x0e-\x21\x23-\x5b\x5d-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*)"@(.*)$/s;
const plain = /^((?:[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]|\\[^])+)@(.*)$/s;

/** Reads an address as RFC 2821 and Go's tolerance have it (`x509.parseRFC2821Mailbox`). */
export function readMailbox(text: string): Mailbox | undefined {
  const isQuoted = text.startsWith('"');
  const [, written, domain = ''] = (isQuoted ? quoted : plain).exec(text) ?? [];
  if (written === undefined) return undefined;
  const local = written.replaceAll(/\\([^])/g, '$1');
  if (!isQuoted && /^\.|\.$|\.\./.test(local)) return undefined;
  return isDomain(domain, 'name') ? { local, domain } : undefined;
}
