import { expect } from 'chai';
import { parseReference } from '../../../../control/images/reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('control/images/reference', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['nginx', 'registry-1.docker.io', 'library/nginx', 'latest'],
    ['nginx:1.27', 'registry-1.docker.io', 'library/nginx', '1.27'],
    ['bitnami/redis:7', 'registry-1.docker.io', 'bitnami/redis', '7'],
    ['docker.io/nginx:1', 'registry-1.docker.io', 'library/nginx', '1'],
    ['docker.io/a/b/c:1', 'registry-1.docker.io', 'a/b/c', '1'],
    ['ghcr.io/owner/app:v1', 'ghcr.io', 'owner/app', 'v1'],
    ['localhost/app', 'localhost', 'app', 'latest'],
    ['localhost:5000/app:1', 'localhost:5000', 'app', '1'],
    ['registry:5000/team/app:1', 'registry:5000', 'team/app', '1'],
    ['[::1]:5000/app:1', '[::1]:5000', 'app', '1'],
    [`quay.io/a/b@${digest}`, 'quay.io', 'a/b', digest],
    [`quay.io/a/b:1@${digest}`, 'quay.io', 'a/b', digest],
  ];
  for (const [text, registry, repository, version] of cases) {
    it(`reads ${text.slice(0, 40)}`, () => {
      expect(parseReference(text)).to.deep.equal({ registry, repository, version, isDigest: version === digest });
    });
  }

  const bad = [
    '',
    'UPPER',
    'a//b',
    'nginx:',
    'nginx@sha256:abc',
    'nginx:la test',
    '-a',
    'a/../b',
    'https://x/y',
    'a@b@c',
  ];
  for (const text of [...bad, 'a'.repeat(600)]) {
    it(`refuses "${text.slice(0, 20)}"`, () => expect(parseReference(text)).to.equal(undefined));
  }
});
