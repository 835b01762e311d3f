/** An image reference, parsed as the container runtimes do (distribution/reference grammar). */
export interface ImageReference {
  /** Host and port that serve the OCI distribution API. */
  readonly registry: string;
  readonly repository: string;
  /** What to ask for: a digest where the reference has one, else the tag. */
  readonly version: string;
  readonly isDigest: boolean;
}

const host = /^(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:\d)|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;
const repository = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tag = /^\w[\w.-]{0,127}$/;
const digest = /^sha256:[0-9a-f]{64}$/;

/** Docker Hub answers under another host than its name. */
const hub = { name: 'docker.io', host: 'registry-1.docker.io' };

/**
 * Parses `[registry/]repository[:tag][@digest]`; undefined when it is none. Names without a registry are Docker
 * Hub's, those without a path its `library`.
 */
export function parseReference(text: string): ImageReference | undefined {
  if (text.length > 512) return undefined;
  const [named = '', digestText, ...more] = text.split('@');
  const slash = named.indexOf('/');
  const first = slash === -1 ? '' : named.slice(0, slash);
  const hasHost = host.test(first);
  const path = hasHost ? named.slice(slash + 1) : named;
  const colon = path.lastIndexOf(':');
  const name = colon === -1 ? path : path.slice(0, colon);
  const tagText = colon === -1 ? 'latest' : path.slice(colon + 1);
  const isHub = !hasHost || first === hub.name;
  const full = isHub && !name.includes('/') ? `library/${name}` : name;
  if (!repository.test(full) || full.length > 255 || !tag.test(tagText)) return undefined;
  if (more.length > 0 || (digestText !== undefined && !digest.test(digestText))) return undefined;
  return {
    registry: isHub ? hub.host : first,
    repository: full,
    version: digestText ?? tagText,
    isDigest: digestText !== undefined,
  };
}
