import { expect } from 'chai';
import type { AdmissionRequest } from '../../../../../webhook/admission/review.ts';
import { createRing, requestOf } from '../../../../../webhook/policy/replay/ring.ts';
import type { Ring } from '../../../../../webhook/policy/replay/ring.ts';
import { creation, pod } from './requests.ts';

/** Everything that a ring holds, as one text. */
function memoryOf(ring: Ring): string {
  return ring
    .kept()
    .map(({ json }) => json.toString())
    .join('\n');
}

/** What nobody may ever find in a ring; each stands in one place of the requests below. */
const planted = 'planted-6f1c';
const env = [
  { name: 'PASSWORD', value: planted },
  { name: 'LATER', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
];
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { password: planted } };

const withValues: Readonly<Record<string, AdmissionRequest>> = {
  'a container': creation(pod('a', { containers: [{ name: 'c', image: 'i', env }] })),
  'an init container and an ephemeral one': creation(
    pod('a', { initContainers: [{ name: 'c', env }], ephemeralContainers: [{ name: 'd', env }] }),
  ),
  'the template of a workload': creation({
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'shop' },
    spec: { template: { spec: { containers: [{ name: 'c', image: 'i', env }] } } },
  }),
  'a list of workloads inside of a custom resource': creation({
    kind: 'Bundle',
    metadata: { name: 'b', namespace: 'shop' },
    spec: { parts: [{ jobTemplate: { spec: { template: { spec: { containers: [{ env }] } } } } }] },
  }),
  'what a custom resource calls environment': creation({
    kind: 'Chart',
    metadata: { name: 'c', namespace: 'shop' },
    spec: { values: { extraEnvVars: env, environment: { PASSWORD: planted }, env: { A: { value: planted } } } },
  }),
  'the object before a change': creation(pod('a'), {
    operation: 'UPDATE',
    oldObject: pod('a', { containers: [{ env }] }),
  }),
  'what kubectl apply remembers': creation(
    pod('a', {}, { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `x ${planted}` } }),
  ),
  'another copy of the object in an annotation': creation(
    pod('a', {}, { annotations: { 'kapp.k14s.io/original': JSON.stringify(pod('a', { containers: [{ env }] })) } }),
  ),
  'a ConfigMap': creation({
    kind: 'ConfigMap',
    metadata: { name: 'm', namespace: 'shop' },
    data: { key: planted },
    binaryData: { other: planted },
  }),
  'a ConfigMap inside of another object': creation({
    kind: 'Bundle',
    metadata: { name: 'b' },
    spec: [{ kind: 'ConfigMap', data: { key: planted } }],
  }),
  'what an authenticator says of the user': creation(pod('a'), {
    userInfo: { username: 'ann', groups: ['devs'], extra: { token: [planted] } },
  }),
};

const withSecrets: Readonly<Record<string, AdmissionRequest>> = {
  'a Secret': creation({ ...secret, metadata: { name: 's', namespace: 'shop' } }),
  'a Secret that goes': creation(pod('a'), {
    operation: 'DELETE',
    kind: { group: '', version: 'v1', kind: 'Secret' },
    resource: { group: '', version: 'v1', resource: 'secrets' },
    object: null,
    oldObject: { metadata: { name: 's' }, data: { password: planted } },
  }),
  'a Secret under another name of its kind': creation(
    { kind: 'Other', metadata: { name: 's' }, data: { password: planted } },
    { requestKind: { group: 'x', version: 'v1', kind: 'Secret' } },
  ),
  'a Secret inside of what an object was before a change': creation(pod('a'), {
    operation: 'UPDATE',
    oldObject: { kind: 'Bundle', spec: [secret] },
  }),
  'a List with a Secret': creation({ kind: 'List', metadata: {}, items: [secret] }),
  'a list of Secrets': creation({
    kind: 'Bundle',
    metadata: { name: 'b' },
    of: { kind: 'SecretList', items: [secret] },
  }),
  'a Secret as a template': creation({ kind: 'Bundle', metadata: { name: 'b' }, spec: { template: [secret] } }),
  'a token': creation(
    { kind: 'TokenReview', metadata: {}, spec: { token: planted } },
    { kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview' } },
  ),
};

describe('policy/replay/ring', () => {
  const at = (from: number): { now(): number } => {
    let now = from;
    return { now: () => now++ };
  };

  for (const [where, request] of Object.entries(withValues)) {
    it(`keeps a request without the value in ${where}`, () => {
      const ring = createRing({ clock: at(0) });
      expect(JSON.stringify(request.source), 'the planted case').to.contain(planted);
      ring.add(request);
      expect(ring.kept()).to.have.length(1);
      expect(memoryOf(ring)).to.not.contain(planted);
    });
  }

  for (const [what, request] of Object.entries(withSecrets)) {
    it(`keeps nothing of ${what}`, () => {
      const ring = createRing({ clock: at(0) });
      expect(JSON.stringify(request.source), 'the planted case').to.contain(planted);
      ring.add(request);
      expect(memoryOf(ring)).to.equal('');
    });
  }

  it('keeps what policies look at: images, names of variables, labels, references to Secrets', () => {
    const ring = createRing({ clock: at(0) });
    const spec = {
      containers: [{ name: 'c', image: 'nginx:1', env, envFrom: [{ secretRef: { name: 'db' } }] }],
      volumes: [{ name: 'v', secret: { secretName: 'db' } }],
    };
    const references = [{ kind: 'Secret', name: 'db' }];
    ring.add(
      creation(pod('a', { ...spec, references }, { labels: { env: 'prod', __proto__x: '1' }, managedFields: [{}] })),
    );
    const [kept] = ring.kept();
    const request = kept === undefined ? undefined : requestOf(kept);
    expect(request).to.include({ operation: 'CREATE', namespace: 'shop', name: 'a', username: 'ann' });
    expect(request?.object).to.deep.equal(
      pod(
        'a',
        {
          ...spec,
          containers: [{ ...spec.containers[0], env: [{ name: 'PASSWORD', value: '(redacted)' }, env[1]] }],
          references,
        },
        { labels: { env: 'prod', __proto__x: '1' } },
      ),
    );
    expect(request?.source['object']).to.equal(request?.object);
  });

  it('keeps no dry run', () => {
    const ring = createRing({ clock: at(0) });
    ring.add(creation(pod('a'), { dryRun: true }));
    expect(ring.kept()).to.deep.equal([]);
  });

  it('lets the oldest go, by number and by bytes', () => {
    const few = createRing({ maxRequests: 3, clock: at(100) });
    for (const name of ['a', 'b', 'c', 'd']) few.add(creation(pod(name)));
    expect(few.kept().map((kept) => [kept.at, requestOf(kept)?.name])).to.deep.equal([
      [103, 'd'],
      [102, 'c'],
      [101, 'b'],
    ]);
    const small = createRing({ maxBytes: 2_000, clock: at(0) });
    for (let each = 0; each < 20; each += 1) small.add(creation(pod(`pod-${each}`)));
    expect(small.bytes).to.equal(Buffer.byteLength(memoryOf(small).replaceAll('\n', '')));
    expect(small.bytes).to.be.within(1_000, 2_000);
    small.add(creation(pod('huge', { filling: 'x'.repeat(3_000) })));
    expect(small.kept().length, 'one that fits by no means makes no room').to.be.greaterThan(1);
  });

  it('keeps a request once, however many entries of the API server’s configurations ask about it', () => {
    const ring = createRing({ clock: { now: () => 7 }, maxRequests: 2 });
    const [one, two, three] = ['one', 'two', 'three'].map((name) => creation(pod(name)));
    for (const request of [one!, one!, two!, one!]) ring.add(request);
    expect(ring.kept().map((kept) => requestOf(kept)?.name)).to.deep.equal(['two', 'one']);
    // One that has gone may come again.
    for (const request of [three!, one!]) ring.add(request);
    expect(ring.kept().map((kept) => requestOf(kept)?.name)).to.deep.equal(['one', 'three']);
  });
});
