import { expect } from 'chai';
import { decideScope } from '../../../settings/scope.ts';
import { chart } from './sources.ts';

interface Case {
  readonly namespace?: string;
  readonly ofNamespace?: string;
  readonly ofPod?: string;
  readonly lock?: string;
  readonly chartLock?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}

function decide(given: Case): string {
  const labelled = (value: string | undefined) => (value === undefined ? {} : { 'remora.dev/inject': value });
  const scope = decideScope({
    chart: chart({}, given.chartLock ?? []),
    excludedNamespaces: ['infra'],
    namespace: {
      name: given.namespace ?? 'shop',
      labels: labelled(given.ofNamespace),
      annotations: given.lock === undefined ? {} : { 'remora.dev/lock': given.lock },
    },
    podLabels: labelled(given.ofPod),
    podAnnotations: given.annotations ?? {},
  });
  return scope.inject ? 'inject' : scope.code;
}

describe('settings/scope', () => {
  const cases: readonly (readonly [string, Case, string])[] = [
    ['no label at all', {}, 'NotOptedIn'],
    ['a labelled namespace', { ofNamespace: 'enabled' }, 'inject'],
    ['a disabled namespace', { ofNamespace: 'disabled' }, 'OptedOut'],
    ['a namespace whose label cannot be read', { ofNamespace: 'yes' }, 'NotOptedIn'],
    ['a pod that opts in alone', { ofPod: 'enabled' }, 'inject'],
    ['a pod that opts in over its namespace', { ofNamespace: 'disabled', ofPod: 'enabled' }, 'inject'],
    ['a pod that opts out', { ofNamespace: 'enabled', ofPod: 'disabled' }, 'OptedOut'],
    ['a pod that opts out of nothing', { ofPod: 'disabled' }, 'OptedOut'],
    ['a pod whose label cannot be read, so that it is refused', { ofNamespace: 'enabled', ofPod: 'no' }, 'inject'],
    ['a pod whose label cannot be read where nothing is labelled', { ofPod: 'no' }, 'NotOptedIn'],
    ['an opt-out that the namespace locks', { ofNamespace: 'enabled', ofPod: 'disabled', lock: 'inject' }, 'inject'],
    ['an opt-out that the chart locks', { ofNamespace: 'enabled', ofPod: 'disabled', chartLock: ['inject'] }, 'inject'],
    [
      'an opt-out where another key is locked',
      { ofNamespace: 'enabled', ofPod: 'disabled', lock: 'telemetry' },
      'OptedOut',
    ],
    [
      'an opt-out where the lock cannot be read',
      { ofNamespace: 'enabled', ofPod: 'disabled', lock: 'injet' },
      'inject',
    ],
    ['an opt-out of nothing, locked', { ofPod: 'disabled', lock: 'inject' }, 'OptedOut'],
    [
      'kube-system, whatever it says',
      { namespace: 'kube-system', ofNamespace: 'enabled', ofPod: 'enabled' },
      'ExcludedNamespace',
    ],
    ['remora-system', { namespace: 'remora-system', ofNamespace: 'enabled' }, 'ExcludedNamespace'],
    ['a namespace that the chart excludes', { namespace: 'infra', ofNamespace: 'enabled' }, 'ExcludedNamespace'],
    [
      'a mirror pod',
      { ofNamespace: 'enabled', ofPod: 'enabled', annotations: { 'kubernetes.io/config.mirror': '' } },
      'MirrorPod',
    ],
  ];
  for (const [what, given, expected] of cases) {
    it(`${what}: ${expected}`, () => expect(decide(given)).to.equal(expected));
  }
});
