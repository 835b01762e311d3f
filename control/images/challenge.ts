/** What a registry asks for before it answers: where a token is to be had, and for what. */
export interface BearerChallenge {
  readonly realm: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const parameter = /([a-z]+)="([^"\\]*)"/gi;

/** Parses `WWW-Authenticate: Bearer realm="…",service="…",scope="…"` (RFC 6750 section 3); undefined for others. */
export function parseChallenge(header: string | null): BearerChallenge | undefined {
  if (header === null || header.length > 4096 || !/^bearer\s/i.test(header)) return undefined;
  const parameters: Record<string, string> = {};
  for (const [, name = '', value = ''] of header.matchAll(parameter)) parameters[name.toLowerCase()] = value;
  const { realm, ...rest } = parameters;
  return realm === undefined ? undefined : { realm, parameters: rest };
}
