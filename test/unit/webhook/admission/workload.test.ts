import { expect } from 'chai';
import type { Pod } from '../../../../webhook/plan/pod.ts';
import { validateWorkload } from '../../../../webhook/admission/workload.ts';
import type { WorkloadRules } from '../../../../webhook/admission/workload.ts';
import { chart, configMap } from '../../settings/sources.ts';
import { requestFor } from './requests.ts';

interface Parts {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly own?: object;
  readonly image?: string;
  readonly replicas?: number;
}

function workload(
  { annotations = {}, labels = {}, own = {}, image = 'cart:1', replicas = 1 }: Parts = {},
  kind = 'Deployment',
) {
  const template = { metadata: { labels, annotations }, spec: { containers: [{ name: 'app', image }] } };
  const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { replicas, template };
  return { apiVersion: 'apps/v1', kind, metadata: { name: 'cart', ...own }, spec };
}

const rules: WorkloadRules = {
  chart: chart(),
  excludedNamespaces: [],
  namespace: { name: 'shop', labels: { 'remora.dev/inject': 'enabled' }, annotations: {} },
  configMaps: [],
  preview: () => ['Remora would add telemetry'],
};

const validate = (after: Parts, before?: Parts, given: Partial<WorkloadRules> = {}, kind = 'Deployment') =>
  validateWorkload(requestFor(kind, workload(after, kind), before === undefined ? undefined : workload(before, kind)), {
    ...rules,
    ...given,
  });

const bad = { 'remora.dev/telemetry': 'nodejs' };

describe('webhook/admission/workload', () => {
  const kinds: readonly (readonly [string, string])[] = [
    ['Deployment', 'spec.template.metadata'],
    ['StatefulSet', 'spec.template.metadata'],
    ['DaemonSet', 'spec.template.metadata'],
    ['ReplicaSet', 'spec.template.metadata'],
    ['Job', 'spec.template.metadata'],
    ['CronJob', 'spec.jobTemplate.spec.template.metadata'],
  ];
  for (const [kind, at] of kinds) {
    it(`previews a ${kind}, and refuses every mistake of its template where it stands`, () => {
      expect(validate({}, undefined, {}, kind)).to.deep.include({
        outcome: 'allowed',
        warnings: ['Remora would add telemetry'],
      });
      const response = validate(
        { annotations: { ...bad, 'remora.dev/x': 'y' }, labels: { 'remora.dev/z': 'z' } },
        undefined,
        {},
        kind,
      );
      expect(response).to.deep.include({ outcome: 'denied', status: 422, warnings: [] });
      expect(response.outcome === 'denied' ? response.problems.map(({ field }) => field) : []).to.deep.equal([
        `${at}.labels[remora.dev/z]`,
        `${at}.annotations[remora.dev/telemetry]`,
        `${at}.annotations[remora.dev/x]`,
      ]);
    });
  }

  it('gives the preview a pod whose controller is the workload', () => {
    const seen: Pod[] = [];
    validate({ labels: { app: 'cart' } }, undefined, {
      preview: (pod) => {
        seen.push(pod);
        return [];
      },
    });
    expect(seen).to.deep.equal([
      {
        metadata: {
          namespace: 'shop',
          labels: { app: 'cart' },
          annotations: {},
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart', uid: '', controller: true }],
        },
        spec: { containers: [{ name: 'app', image: 'cart:1' }] },
      },
    ]);
  });

  it('refuses a changed template, also where the mistake is old: its new pods would be refused', () => {
    expect(validate({ annotations: bad, image: 'cart:2' }, { annotations: bad }).outcome).to.equal('denied');
  });

  it('only warns where the template is unchanged, so that scaling never fails', () => {
    const response = validate({ annotations: bad, replicas: 0 }, { annotations: bad });
    expect(response.outcome).to.equal('allowed');
    expect(response.warnings).to.have.length(1);
    expect(validate({ replicas: 2 }, {}).warnings).to.deep.equal([]);
  });

  it('only warns where the workload is being deleted', () => {
    const own = { deletionTimestamp: '2026-11-23T00:00:00Z' };
    expect(validate({ annotations: bad, own }, {}).outcome).to.equal('allowed');
    const deletion = {
      ...requestFor('Deployment', undefined, workload({ annotations: bad })),
      operation: 'DELETE',
    } as const;
    expect(validateWorkload(deletion, rules)).to.deep.include({ outcome: 'allowed', warnings: [] });
  });

  it('only warns where its pods are not injected', () => {
    const optedOut = { annotations: bad, labels: { 'remora.dev/inject': 'disabled' } };
    expect(validate(optedOut).outcome).to.equal('allowed');
    expect(validate(optedOut).warnings).to.have.length(1);
    const unlabelled = { namespace: { name: 'shop', labels: {}, annotations: {} } };
    expect(validate({ annotations: bad }, undefined, unlabelled).outcome).to.equal('allowed');
    expect(validate({}, undefined, unlabelled).warnings).to.deep.equal([]);
  });

  it('refuses an opt-out that is locked', () => {
    const response = validate({ labels: { 'remora.dev/inject': 'disabled' } }, undefined, {
      chart: chart({}, ['inject']),
    });
    expect(response).to.include({ outcome: 'denied', code: 'SettingLocked' });
  });

  it('warns of what its author cannot mend: mistakes of the namespace and of ConfigMaps', () => {
    const response = validate({}, undefined, {
      namespace: { ...rules.namespace, annotations: bad },
      configMaps: [configMap('a', '{}')],
    });
    expect(response.outcome).to.equal('allowed');
    expect(response.warnings.map((warning) => warning.split(':')[0])).to.deep.equal(['namespace shop', 'configmap/a']);
  });

  it('says where a key on the workload itself belongs', () => {
    const own = {
      annotations: { 'remora.dev/telemetry': 'off', 'remora.dev/nothing': 'x' },
      labels: { 'remora.dev/inject': 'disabled' },
    };
    const { warnings } = validate({ own }, undefined, { preview: () => [] });
    expect(warnings).to.deep.equal([
      'metadata.annotations[remora.dev/telemetry] does nothing on a workload; it belongs to spec.template.metadata.annotations [MisplacedSetting]',
      'metadata.annotations[remora.dev/nothing] does nothing on a workload; Remora reads nothing there [MisplacedSetting]',
      'metadata.labels[remora.dev/inject] does nothing on a workload; it belongs to spec.template.metadata.labels [MisplacedSetting]',
    ]);
    const both = { own: { labels: { 'remora.dev/inject': 'enabled' } }, labels: { 'remora.dev/inject': 'enabled' } };
    expect(validate(both, undefined, { preview: () => [] }).warnings).to.deep.equal([]);
  });

  it('leaves to its owner what a controller made, and excluded namespaces to themselves', () => {
    const own = { ownerReferences: [{ kind: 'Deployment', name: 'cart', controller: true }] };
    expect(validate({ annotations: bad, own }, undefined, {}, 'ReplicaSet')).to.deep.include({
      outcome: 'allowed',
      warnings: [],
    });
    const namespace = { ...rules.namespace, name: 'kube-system' };
    expect(validate({ annotations: bad }, undefined, { namespace })).to.deep.include({
      outcome: 'allowed',
      warnings: [],
    });
  });

  it('leaves alone status, other kinds, and what has no template', () => {
    const status = { ...requestFor('Deployment', workload({ annotations: bad }), workload()), subResource: 'status' };
    for (const request of [status, requestFor('Gadget', workload({ annotations: bad })), requestFor('Job', {})]) {
      expect(validateWorkload(request, rules)).to.deep.include({ outcome: 'allowed', warnings: [] });
    }
  });
});
