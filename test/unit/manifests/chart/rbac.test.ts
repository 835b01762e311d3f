import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseWebhookConfig } from '../../../../webhook/config.ts';
import { chartFolder, ofKind, render, valueSets } from './helm.ts';
import type { Rendered } from './helm.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface Role extends Rendered {
  readonly rules: readonly Rule[];
}

async function roles(values = {}): Promise<readonly Role[]> {
  const objects = await render(values);
  return [...ofKind<Role>(objects, 'ClusterRole'), ...ofKind<Role>(objects, 'Role')];
}

const writing = ['create', 'update', 'patch', 'delete', 'deletecollection'];

const table = JSON.parse(readFileSync(join(chartFolder, '..', '..', 'docs', 'rbac.json'), 'utf8')) as Readonly<
  Record<string, readonly (Rule & { readonly scope: string; readonly why: string })[]>
>;

describe('rights of the chart', function () {
  this.timeout(1_800_000);

  it('are those of docs/rbac.json, which says what each is for', async () => {
    const rendered = (await roles()).flatMap(({ kind, metadata, rules }) =>
      rules.map((rule) => ({ account: metadata.name, scope: kind === 'Role' ? 'remora-system' : 'cluster', ...rule })),
    );
    const listed = Object.entries(table).flatMap(([account, rules]) =>
      rules.map(({ why, ...rule }) => {
        expect(why).to.not.equal('');
        return { account, ...rule };
      }),
    );
    expect(rendered).to.have.deep.members(listed);
  });

  for (const [name, values] of Object.entries(valueSets)) {
    describe(`with values: ${name}`, () => {
      it('have no wildcard', async () => {
        for (const { rules } of await roles(values)) {
          for (const { apiGroups, resources, verbs } of rules) {
            expect([...apiGroups, ...resources, ...verbs]).to.not.include('*');
          }
        }
      });

      it('reach Secrets only by name, only in its own namespace, and make or delete none', async () => {
        for (const { kind, rules } of await roles(values)) {
          for (const { resources, resourceNames, verbs } of rules.filter((rule) =>
            rule.resources.includes('secrets'),
          )) {
            expect(kind).to.equal('Role');
            expect(resources).to.deep.equal(['secrets']);
            expect(resourceNames).to.not.be.empty;
            expect(verbs).to.not.include.members(['create']);
            expect(verbs).to.not.include.members(['delete']);
          }
        }
      });

      it('never let a process change its own rights, or act as someone else', async () => {
        const groups = (await roles(values)).flatMap(({ rules }) => rules).flatMap(({ apiGroups }) => apiGroups);
        expect(groups).to.not.include('rbac.authorization.k8s.io');
        const verbs = (await roles(values)).flatMap(({ rules }) => rules).flatMap((rule) => rule.verbs);
        expect(verbs).to.not.include.oneOf(['impersonate', 'escalate', 'bind']);
        const resources = (await roles(values)).flatMap(({ rules }) => rules).flatMap((rule) => rule.resources);
        expect(resources).to.not.include('serviceaccounts/token');
      });

      it("write in the cluster only events, and Remora's own admission objects", async () => {
        const clusterWide = (await roles(values)).filter(({ kind }) => kind === 'ClusterRole');
        const written = clusterWide
          .flatMap(({ rules }) => rules)
          .filter(({ verbs }) => verbs.some((verb) => writing.includes(verb)))
          .filter(({ resources }) => resources.join() !== 'events');
        for (const { apiGroups, resourceNames } of written) {
          expect(apiGroups).to.deep.equal(['admissionregistration.k8s.io']);
          expect(resourceNames?.every((each) => each.startsWith('zz-remora'))).to.equal(true);
        }
      });
    });
  }

  describe('that policies.readable makes', () => {
    const webhookRules = async (readable: readonly string[]): Promise<readonly Rule[]> => {
      const found = (await roles({ 'policies.readable': readable })).find(
        ({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'remora-webhook',
      );
      return found?.rules ?? [];
    };
    const isFact = ({ resources }: Rule): boolean => resources.includes('namespaces') || resources.includes('events');

    it('are to list and watch exactly what it lists', async () => {
      const rules = await webhookRules(['pods', 'apps/deployments', 'networking.k8s.io/ingresses']);
      expect(rules.filter((rule) => !isFact(rule))).to.deep.equal([
        { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
        { apiGroups: ['apps'], resources: ['deployments'], verbs: ['list', 'watch'] },
        { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['list', 'watch'] },
      ]);
    });

    it('are none where it is empty', async () => {
      const rules = await webhookRules([]);
      expect(rules.filter((rule) => !isFact(rule))).to.deep.equal([]);
      expect(rules).to.have.length(2);
    });

    it('are those of what the webhook is told that policies may read', async () => {
      const objects = await render();
      const configMaps = ofKind<Rendered & { readonly data?: Readonly<Record<string, string>> }>(objects, 'ConfigMap');
      const config = configMaps.find(({ metadata }) => metadata.name === 'remora-config');
      const parsed = parseWebhookConfig(config?.data?.['config.yaml'] ?? '', {}, '0.1.0');
      if (parsed.outcome === 'refused') throw new Error(JSON.stringify(parsed.problems));
      const { readable } = parsed.value.policies;
      const granted = (await webhookRules(readable)).filter((rule) => !isFact(rule));
      expect(
        granted.map(({ apiGroups, resources }) => [apiGroups[0], resources[0]].filter(Boolean).join('/')),
      ).to.deep.equal(readable);
      expect(readable).to.not.be.empty;
    });
  });
});
