import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseReference } from '../../../../control/images/reference.ts';
import { readImage } from '../../../../control/images/registry.ts';
import type { ImageReading } from '../../../../control/images/registry.ts';

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** A registry of one image, over plain HTTP on loopback; a test may answer a path by itself. */
class Registry {
  readonly configuration = JSON.stringify({ config: { Env: ['PYTHONPATH=/app', 'SECRET=1'] } });
  readonly manifest = JSON.stringify({ schemaVersion: 2, config: { digest: digestOf(this.configuration) } });
  readonly index = JSON.stringify({
    manifests: [
      { digest: digestOf('arm'), platform: { os: 'linux', architecture: 'arm64' } },
      { digest: digestOf(this.manifest), platform: { os: 'linux', architecture: 'amd64' } },
    ],
  });
  readonly asked: string[] = [];
  answers = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
  readonly #server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    this.asked.push(path);
    const answer = this.answers.get(path);
    if (answer !== undefined) {
      answer(request, response);
      return;
    }
    const content = new Map([
      ['/v2/team/app/manifests/1', this.manifest],
      ['/v2/team/app/manifests/many', this.index],
      [`/v2/team/app/manifests/${digestOf(this.manifest)}`, this.manifest],
      [`/v2/team/app/blobs/${digestOf(this.configuration)}`, this.configuration],
    ]).get(path);
    if (content === undefined) response.writeHead(404).end();
    else response.end(content);
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
  read(reference: string, deadlineMs = 5000): Promise<ImageReading> {
    const parsed = parseReference(`${this.host}/${reference}`);
    if (parsed === undefined) throw new Error('bad reference');
    return readImage(parsed, { plainHttpHosts: [this.host], architecture: 'amd64', deadlineMs, fetch });
  }
}

describe('control/images/registry', () => {
  let registry: Registry;
  beforeEach(async () => {
    registry = new Registry();
    await registry.start();
  });
  afterEach(() => registry.stop());

  const read = { outcome: 'read', environment: { PYTHONPATH: '/app' } };

  it('reads a manifest by its tag', async () => {
    expect(await registry.read('team/app:1')).to.deep.include(read);
  });

  it('chooses the platform in an index', async () => {
    expect(await registry.read('team/app:many')).to.deep.include(read);
  });

  it('reads by digest', async () => {
    expect(await registry.read(`team/app@${digestOf(registry.manifest)}`)).to.deep.include(read);
  });

  it('fetches an anonymous token when the registry asks for one', async () => {
    registry.answers.set('/token?service=r&scope=pull', (_, response) => response.end('{"token":"t0"}'));
    registry.answers.set('/v2/team/app/manifests/1', (request, response) => {
      if (request.headers.authorization === 'Bearer t0') return response.end(registry.manifest);
      const challenge = `Bearer realm="http://${registry.host}/token",service="r",scope="pull"`;
      return response.writeHead(401, { 'www-authenticate': challenge }).end();
    });
    expect(await registry.read('team/app:1')).to.deep.include(read);
  });

  it('does not follow a token address that is plain HTTP and not listed', async () => {
    registry.answers.set('/v2/team/app/manifests/1', (_, response) =>
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://169.254.169.254/token"' }).end(),
    );
    expect(await registry.read('team/app:1')).to.include({ outcome: 'unread', code: 'Denied' });
  });

  it('follows a redirect to an address that is allowed, and to no other', async () => {
    const manifest = '/v2/team/app/manifests/1';
    registry.answers.set(manifest, (_, response) => response.writeHead(307, { location: '/elsewhere' }).end());
    registry.answers.set('/elsewhere', (_, response) => response.end(registry.manifest));
    expect(await registry.read('team/app:1')).to.deep.include(read);
    for (const location of ['http://169.254.169.254/latest', 'file:///etc/passwd']) {
      registry.answers.set(manifest, (_, response) => response.writeHead(307, { location }).end());
      expect(await registry.read('team/app:1')).to.include({ outcome: 'unread', code: 'Denied' });
    }
    registry.answers.set(manifest, (_, response) => response.writeHead(302, { location: manifest }).end());
    expect(await registry.read('team/app:1')).to.include({ outcome: 'unread', code: 'Malformed' });
  });

  it('notices content that does not match its digest', async () => {
    const blob = `/v2/team/app/blobs/${digestOf(registry.configuration)}`;
    registry.answers.set(blob, (_, response) => response.end('{"config":{}}'));
    expect(await registry.read('team/app:1')).to.include({ outcome: 'unread', code: 'Malformed' });
  });

  type Wrong = readonly [title: string, code: string, answer: (response: ServerResponse) => void, deadlineMs?: number];
  const answers: readonly Wrong[] = [
    ['a missing image', 'NotFound', (response) => response.writeHead(404).end()],
    ['a private image', 'Denied', (response) => response.writeHead(403).end()],
    ['a token that is refused again', 'Denied', (response) => response.writeHead(401).end()],
    ['a broken registry', 'Unreachable', (response) => response.writeHead(503).end()],
    ['a cut connection', 'Unreachable', (response) => response.destroy()],
    ['a body that is not JSON', 'Malformed', (response) => response.end('<html>')],
    ['a manifest without configuration', 'Malformed', (response) => response.end('{}')],
    ['an index without our platform', 'NotFound', (response) => response.end('{"manifests":[]}')],
    ['a body without end', 'Malformed', (response) => response.end('x'.repeat(5 * 1024 * 1024))],
    ['a registry that never answers', 'Unreachable', () => undefined, 300],
  ];
  for (const [title, code, answer, deadlineMs] of answers) {
    it(`says ${code} of ${title}`, async () => {
      registry.answers.set('/v2/team/app/manifests/1', (_, response) => answer(response));
      expect(await registry.read('team/app:1', deadlineMs)).to.include({ outcome: 'unread', code });
    });
  }
});
