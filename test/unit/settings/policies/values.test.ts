import { expect } from 'chai';
import fc from 'fast-check';
import { policyKeys, policyTable } from '../../../../settings/policies/keys.ts';
import { selects } from '../../../../settings/policies/selector.ts';
import {
  inventoryList,
  kindList,
  labelSelector,
  namespaceList,
  packageName,
} from '../../../../settings/policies/values.ts';
import type { ValueKind } from '../../../../settings/value.ts';

function value<T>(kind: ValueKind<T>, text: string): T {
  const read = kind.read(text);
  if (read.outcome !== 'read') throw new Error(`"${text}" was refused`);
  return read.value;
}

function nearest(kind: ValueKind<unknown>, text: string): string | undefined {
  const read = kind.read(text);
  if (read.outcome === 'read') throw new Error(`"${text}" was read as ${JSON.stringify(read.value)}`);
  return read.nearest;
}

describe('settings/policies/values', () => {
  it('reads kinds with their groups', () => {
    expect(value(kindList, ' Pod, apps/Deployment,\n*/Ingress, apps/*, * ')).to.deep.equal([
      { apiGroups: [''], kinds: ['Pod'] },
      { apiGroups: ['apps'], kinds: ['Deployment'] },
      { apiGroups: ['*'], kinds: ['Ingress'] },
      { apiGroups: ['apps'], kinds: ['*'] },
      { apiGroups: ['*'], kinds: ['*'] },
    ]);
    expect(value(kindList, 'networking.k8s.io/Ingress')).to.deep.equal([
      { apiGroups: ['networking.k8s.io'], kinds: ['Ingress'] },
    ]);
  });

  it('suggests a kind for what kubectl and apiVersion made a habit', () => {
    const cases = {
      pod: 'Pod',
      'v1/Pod': 'Pod',
      'apps/v1/deployment': 'apps/Deployment',
      'pod,apps/Deployment': 'Pod,apps/Deployment',
      'autoscaling/v2beta2/HorizontalPodAutoscaler': 'autoscaling/HorizontalPodAutoscaler',
      'Apps/Deployment': undefined,
      'deployments.apps': undefined,
      '': undefined,
      'a/b/c/D': undefined,
      'Pod,': 'Pod',
      'Pod Service': undefined,
    };
    for (const [text, wanted] of Object.entries(cases)) expect(nearest(kindList, text), text).to.equal(wanted);
  });

  it('reads namespaces and globs', () => {
    expect(value(namespaceList, 'shop, team-*, *-test, *mid*, *')).to.deep.equal([
      'shop',
      'team-*',
      '*-test',
      '*mid*',
      '*',
    ]);
    expect(nearest(namespaceList, 'Shop_1')).to.equal('shop-1');
    for (const text of ['a*b', '', 'shop,,x', '-', 'a.*/b', '**']) {
      expect(namespaceList.read(text).outcome, text).to.equal('refused');
    }
  });

  it('reads the kinds of an inventory, and never Secrets', () => {
    expect(value(inventoryList, 'v1/Service,networking.k8s.io/v1/Ingress, v1/SecretStore')).to.deep.equal([
      { group: '', version: 'v1', kind: 'Service' },
      { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' },
      { group: '', version: 'v1', kind: 'SecretStore' },
    ]);
    expect(value(inventoryList, 'secrets.example/v1/Secret')).to.have.length(1);
    expect(nearest(inventoryList, 'Service')).to.equal('v1/Service');
    for (const text of ['v1/Secret', 'v1/Service,v1/Secret', 'Secret', 'apps/Deployment', 'v1/pods', 'v1/*', '']) {
      expect(nearest(inventoryList, text), text).to.equal(undefined);
    }
  });

  it('reads label selectors as kubectl does', () => {
    const expression = (key: string, operator: string, ...values: readonly string[]) => ({ key, operator, values });
    expect(
      value(labelSelector, 'app=web, tier == gold,env!=test,a.b/c in (x, y,x),z notin (q), here , !gone,e=')
        .matchExpressions,
    ).to.deep.equal([
      expression('app', 'In', 'web'),
      expression('tier', 'In', 'gold'),
      expression('env', 'NotIn', 'test'),
      expression('a.b/c', 'In', 'x', 'y'),
      expression('z', 'NotIn', 'q'),
      expression('here', 'Exists'),
      expression('gone', 'DoesNotExist'),
      expression('e', 'In', ''),
    ]);
    expect(value(labelSelector, ' ')).to.deep.equal({ matchLabels: {}, matchExpressions: [] });
    for (const text of ['app=', 'a,,b', 'x>1', 'a in x', 'a in (x', 'a b', '=x', 'a=b c', '!', 'a/b/c', 'a=-', ',']) {
      expect(labelSelector.read(text).outcome, text).to.equal(text === 'app=' ? 'read' : 'refused');
    }
    const selector = value(labelSelector, 'app in (web,api),!canary');
    expect(selects(selector, { app: 'api' })).to.equal(true);
    expect(selects(selector, { app: 'api', canary: '' })).to.equal(false);
    expect(selects(selector, { app: 'db' })).to.equal(false);
  });

  it('reads a package', () => {
    expect(value(packageName, ' shop.owner\n')).to.equal('shop.owner');
    expect(nearest(packageName, 'data.shop/owner')).to.equal('shop.owner');
    expect(packageName.read('package data.shop.owner')).to.deep.equal({ outcome: 'refused', nearest: 'shop.owner' });
    expect(nearest(packageName, 'shop/owner')).to.equal('shop.owner');
    expect(nearest(packageName, 'shop-owner')).to.equal(undefined);
  });

  describe('laws of every key', () => {
    for (const key of policyKeys) {
      const kind: ValueKind<unknown> = policyTable[key].kind;
      const words = [
        ...Array<string>(5).fill(policyTable[key].example),
        ...(kind.allowed.match(/[A-Za-z*.,()=!/-]+/g) ?? []),
      ];
      const one = fc.constantFrom(...words);
      const edited = fc
        .tuple(
          one,
          fc.nat(12),
          fc.constantFrom('', ' ', ',', '*', '/', '!', '=', '(', ')', '-', '.', 'a', 'Z', '1', '\n'),
        )
        .map(([text, at, edit]) => text.slice(0, at) + edit + text.slice(at + 1));
      const texts = fc.oneof(
        one,
        edited,
        fc.array(fc.oneof(one, edited), { maxLength: 3 }).map((all) => all.join(',')),
        fc.string(),
      );

      it(`${key}: the pattern matches what is read, what is printed reads the same, what is suggested is read`, () => {
        const pattern = new RegExp(kind.pattern);
        const seen = { read: 0, refused: 0 };
        fc.assert(
          fc.property(texts, (text) => {
            const read = kind.read(text);
            seen[read.outcome] += 1;
            expect(pattern.test(text), JSON.stringify(text)).to.equal(read.outcome === 'read');
            if (read.outcome === 'read') expect(kind.read(kind.print(read.value))).to.deep.equal(read);
            else if (read.nearest !== undefined) expect(kind.read(read.nearest)).to.have.property('outcome', 'read');
          }),
          { numRuns: 600 },
        );
        console.log(`      ${key}: ${seen.read} read, ${seen.refused} refused`);
        expect(Math.min(seen.read, seen.refused), 'the corpus says only one thing').to.be.above(10);
      });

      it(`${key}: the example is read, and a hostile value costs little`, () => {
        expect(kind.read(policyTable[key].example).outcome).to.equal('read');
        const before = process.cpuUsage();
        for (const text of [
          'a,'.repeat(128 * 1024),
          'a-'.repeat(128 * 1024),
          'a ('.repeat(80 * 1024),
          '*'.repeat(1 << 18),
        ]) {
          kind.read(text);
        }
        expect(process.cpuUsage(before).user / 1e6, 'seconds of CPU').to.be.below(5);
      });
    }
  });
});
