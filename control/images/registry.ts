import { createHash } from 'node:crypto';
import { parseChallenge } from './challenge.ts';
import { keptEnvironment } from './environment.ts';
import type { ImageReference } from './reference.ts';

/** What reading one image's configuration came to. */
export type ImageReading =
  | {
      readonly outcome: 'read';
      /** Digest of the configuration itself, the same for every tag of that image. */
      readonly digest: string;
      readonly environment: Readonly<Record<string, string>>;
    }
  | {
      readonly outcome: 'unread';
      readonly code: 'Unreachable' | 'Denied' | 'NotFound' | 'Malformed';
      readonly message: string;
    };

export interface RegistryOptions {
  /** Hosts (with port) that may be asked over plain HTTP; the cluster's admin lists them. */
  readonly plainHttpHosts: readonly string[];
  /** `amd64`, `arm64`; the configuration of that platform is read from an index. */
  readonly architecture: string;
  readonly deadlineMs: number;
  readonly fetch: typeof globalThis.fetch;
}

const accepted = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** An OCI manifest may be 4 MiB (distribution specification); a configuration larger than that is not read. */
const largestBody = 4 * 1024 * 1024;

class Unread extends Error {
  readonly code: 'Unreachable' | 'Denied' | 'NotFound' | 'Malformed';
  constructor(code: Unread['code'], message: string) {
    super(message);
    this.code = code;
  }
}

async function boundedBody(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    sizeBytes += bytes.byteLength;
    if (sizeBytes > largestBody) throw new Unread('Malformed', 'an answer is larger than 4 MiB');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw new Unread('Malformed', 'the registry answered something that is not JSON');
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** Digest of the manifest for our platform in an index, or undefined when `document` is a manifest itself. */
function chosenManifest(document: unknown, architecture: string): string | undefined {
  const manifests = property(document, 'manifests');
  if (!Array.isArray(manifests)) return undefined;
  const chosen = (manifests as readonly unknown[]).find((entry) => {
    const platform = property(entry, 'platform');
    return property(platform, 'os') === 'linux' && property(platform, 'architecture') === architecture;
  });
  const digest = property(chosen, 'digest');
  if (typeof digest !== 'string') throw new Unread('NotFound', `the image has no linux/${architecture} platform`);
  return digest;
}

function checkDigest(body: Buffer, digest: string): void {
  const actual = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  if (actual !== digest) throw new Unread('Malformed', 'content does not match its digest');
}

/** One reading: remembers the token that the registry gave for this repository. */
class Session {
  #token: string | undefined;
  readonly #base: string;
  readonly #options: RegistryOptions;
  readonly #signal: AbortSignal;

  constructor(reference: ImageReference, options: RegistryOptions) {
    const scheme = options.plainHttpHosts.includes(reference.registry) ? 'http' : 'https';
    this.#base = `${scheme}://${reference.registry}/v2/${reference.repository}`;
    this.#options = options;
    this.#signal = AbortSignal.timeout(options.deadlineMs);
  }

  async get(path: string, accept: string): Promise<Buffer> {
    let response = await this.#send(path, accept);
    if (response.status === 401 && this.#token === undefined) {
      await response.body?.cancel();
      this.#token = await this.#askToken(response.headers.get('www-authenticate'));
      response = await this.#send(path, accept);
    }
    if (response.ok) return boundedBody(response);
    await response.body?.cancel();
    if (response.status === 404) throw new Unread('NotFound', 'the registry does not have it');
    if (response.status === 401 || response.status === 403) {
      throw new Unread('Denied', 'the registry does not give it without a login');
    }
    throw new Unread('Unreachable', `the registry answered ${response.status}`);
  }

  #send(path: string, accept: string): Promise<Response> {
    const headers: Record<string, string> = { accept };
    if (this.#token !== undefined) headers['authorization'] = `Bearer ${this.#token}`;
    return this.#fetch(new URL(`${this.#base}${path}`), headers);
  }

  /** Registries send blobs by redirect. Each step is checked, and the token stays with the host that asked for it. */
  async #fetch(url: URL, headers: Readonly<Record<string, string>>, redirects = 3): Promise<Response> {
    if (!this.#isAllowed(url)) throw new Unread('Denied', 'the registry names an address that is not TLS, nor listed');
    const response = await this.#options.fetch(url, { headers, redirect: 'manual', signal: this.#signal });
    const location = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (location === null) return response;
    await response.body?.cancel();
    const next = URL.parse(location, url);
    if (next === null || redirects === 0) throw new Unread('Malformed', 'the registry redirects to nowhere');
    const { authorization, ...others } = headers;
    const kept = authorization !== undefined && next.host === url.host ? headers : others;
    return this.#fetch(next, kept, redirects - 1);
  }

  /** Addresses that a registry names: only TLS, or a host that the cluster's admin listed. */
  #isAllowed(url: URL): boolean {
    return url.protocol === 'https:' || (url.protocol === 'http:' && this.#options.plainHttpHosts.includes(url.host));
  }

  async #askToken(header: string | null): Promise<string> {
    const challenge = parseChallenge(header);
    const realm = challenge === undefined ? null : URL.parse(challenge.realm);
    if (challenge === undefined || realm === null) {
      throw new Unread('Denied', 'the registry asks for a login that is not a bearer token');
    }
    for (const [name, value] of Object.entries(challenge.parameters)) realm.searchParams.set(name, value);
    const response = await this.#fetch(realm, {});
    if (!response.ok) throw new Unread('Denied', `no anonymous token: ${response.status}`);
    const answer = parsed(await boundedBody(response));
    const token = property(answer, 'token') ?? property(answer, 'access_token');
    if (typeof token !== 'string') throw new Unread('Malformed', 'the token answer holds no token');
    return token;
  }
}

/**
 * Reads the environment of an image's configuration from its registry, anonymously (OCI distribution specification:
 * manifest, for an index the platform's manifest, then the configuration blob; content is checked by digest).
 *
 * Never throws for what a registry does; an outage is an outcome.
 */
export async function readImage(reference: ImageReference, options: RegistryOptions): Promise<ImageReading> {
  try {
    const session = new Session(reference, options);
    let body = await session.get(`/manifests/${reference.version}`, accepted);
    if (reference.isDigest) checkDigest(body, reference.version);
    const manifest = chosenManifest(parsed(body), options.architecture);
    if (manifest !== undefined) {
      body = await session.get(`/manifests/${manifest}`, accepted);
      checkDigest(body, manifest);
    }
    const digest = property(property(parsed(body), 'config'), 'digest');
    if (typeof digest !== 'string') throw new Unread('Malformed', 'the manifest names no configuration');
    const blob = await session.get(`/blobs/${digest}`, '*/*');
    checkDigest(blob, digest);
    const environment = keptEnvironment(parsed(blob));
    if (environment === undefined) throw new Unread('Malformed', 'the configuration is not an OCI image configuration');
    return { outcome: 'read', digest, environment };
  } catch (error) {
    if (error instanceof Unread) return { outcome: 'unread', code: error.code, message: error.message };
    // fetch reports every outage as TypeError, and the deadline as DOMException.
    if (error instanceof TypeError || error instanceof DOMException) {
      return { outcome: 'unread', code: 'Unreachable', message: error.message };
    }
    throw error;
  }
}
