import { expect } from 'chai';
import { ownerOf } from '../../../../webhook/plan/owner.ts';
import { imageVersion } from '../../../../webhook/plan/image.ts';
import { pathsOverlap } from '../../../../webhook/plan/paths.ts';
import { imagePath } from '../../../../webhook/plan/canonical.ts';
import type { ObjectMeta } from '../../../../webhook/plan/pod.ts';

function ownedBy(kind: string, name: string, labels: Record<string, string> = {}): ObjectMeta {
  return { labels, ownerReferences: [{ apiVersion: 'x/v1', kind, name, uid: 'u', controller: true }] };
}

describe('owner of a pod', () => {
  const cases: readonly (readonly [
    what: string,
    metadata: ObjectMeta,
    name: string | undefined,
    attributes: readonly string[],
  ])[] = [
    [
      'a Deployment',
      ownedBy('ReplicaSet', 'web-5d9c7b', { 'pod-template-hash': '5d9c7b' }),
      'web',
      ['k8s.deployment.name=web', 'k8s.replicaset.name=web-5d9c7b'],
    ],
    [
      'an Argo Rollout',
      ownedBy('ReplicaSet', 'web-77f', { 'rollouts-pod-template-hash': '77f' }),
      'web',
      ['k8s.replicaset.name=web-77f'],
    ],
    ['a bare ReplicaSet', ownedBy('ReplicaSet', 'web-5d9c7b'), 'web-5d9c7b', ['k8s.replicaset.name=web-5d9c7b']],
    [
      'a ReplicaSet whose hash is its whole name',
      ownedBy('ReplicaSet', '-x', { 'pod-template-hash': 'x' }),
      '-x',
      ['k8s.replicaset.name=-x'],
    ],
    [
      'a CronJob',
      ownedBy('Job', 'nightly-29312345'),
      'nightly',
      ['k8s.cronjob.name=nightly', 'k8s.job.name=nightly-29312345'],
    ],
    ['a Job with a date', ownedBy('Job', 'migrate-20261123'), 'migrate-20261123', ['k8s.job.name=migrate-20261123']],
    ['a Job', ownedBy('Job', 'migrate'), 'migrate', ['k8s.job.name=migrate']],
    ['a StatefulSet', ownedBy('StatefulSet', 'db'), 'db', ['k8s.statefulset.name=db']],
    ['a DaemonSet', ownedBy('DaemonSet', 'agent'), 'agent', ['k8s.daemonset.name=agent']],
    ['a template of a Deployment', ownedBy('Deployment', 'web'), 'web', ['k8s.deployment.name=web']],
    ['something else', ownedBy('Workflow', 'w'), 'w', []],
    ['nothing, with a name', { name: 'bare' }, 'bare', []],
    ['nothing, with a generated name', { generateName: 'job-', name: 'job-x2x' }, 'job', []],
    ['nothing, without a name', { name: '' }, undefined, []],
    [
      'an owner that is no controller',
      { name: 'p', ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' }] },
      'p',
      [],
    ],
  ];
  for (const [what, metadata, name, attributes] of cases) {
    it(`is found for ${what}`, () => {
      const owner = ownerOf(metadata);
      expect(owner.name).to.equal(name);
      expect(owner.names.map((pair) => pair.join('='))).to.deep.equal(attributes);
    });
  }
});

describe('an image reference', () => {
  it('names a version by tag and digest', () => {
    expect(imageVersion('web')).to.equal(undefined);
    expect(imageVersion('host:5000/web')).to.equal(undefined);
    expect(imageVersion('host:5000/web:1')).to.equal('1');
    expect(imageVersion('web@sha256:ab')).to.equal('sha256:ab');
    expect(imageVersion('host:5000/web:1@sha256:ab')).to.equal('1@sha256:ab');
  });

  it('is compared without its registry’s host', () => {
    expect(imagePath('docker.io/remora/x:1')).to.equal('remora/x:1');
    expect(imagePath('localhost/x:1')).to.equal('x:1');
    expect(imagePath('remora/x:1')).to.equal('remora/x:1');
    expect(imagePath('x:1')).to.equal('x:1');
  });
});

describe('mount paths', () => {
  it('overlap when one lies within the other', () => {
    for (const path of [
      '/',
      '/remora',
      '/remora/telemetry',
      '/remora//telemetry/',
      '/remora/telemetry/node',
      '/x/../remora/./',
    ]) {
      expect(pathsOverlap(path, '/remora/telemetry'), path).to.equal(true);
    }
    for (const path of ['/remora/telemetryx', '/data', '/remor', '/remora/other']) {
      expect(pathsOverlap(path, '/remora/telemetry'), path).to.equal(false);
    }
  });
});
