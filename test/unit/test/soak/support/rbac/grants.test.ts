import { expect } from 'chai';
import { grantsOf, grantText } from '../../../../../soak/support/rbac/grants.ts';
import { startApiServer, type ApiServer } from '../../../../kube/apiserver.ts';
import { clientOf } from '../../../../kube/clients.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';

describe('What accounts of a namespace are granted', () => {
  let api: ApiServer;
  beforeEach(async () => void (api = await startApiServer()));
  afterEach(() => api.close());

  const role = (path: string, name: string, verb: string): void => {
    api.put(`${rbac}/${path}/${name}`, {
      metadata: { name },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: [verb] }],
    });
  };
  const bind = (path: string, namespace: string | undefined, kind: string, name: string, subject: object): void => {
    api.put(`${rbac}/${path}/${name}`, {
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      roleRef: { kind, name },
      subjects: [subject],
    });
  };
  const granted = async (): Promise<readonly string[]> =>
    (await grantsOf(clientOf(api.url), 'remora-system')).map(grantText);
  const account = (name: string, namespace = 'remora-system'): object => ({ kind: 'ServiceAccount', name, namespace });

  it('are rights of roles and cluster roles, each within its binding', async () => {
    role('clusterroles', 'wide', 'list');
    role('namespaces/remora-system/roles', 'narrow', 'create');
    bind('clusterrolebindings', undefined, 'ClusterRole', 'wide', account('control'));
    bind('namespaces/remora-system/rolebindings', 'remora-system', 'Role', 'narrow', account('control'));
    bind('namespaces/shop/rolebindings', 'shop', 'ClusterRole', 'wide', account('webhook'));
    expect(await granted()).to.have.members([
      'control: list /pods/* everywhere',
      'control: create /pods/* in remora-system',
      'webhook: list /pods/* in shop',
    ]);
  });

  it('are those of all accounts of the namespace too, and none of accounts elsewhere', async () => {
    role('clusterroles', 'wide', 'list');
    role('clusterroles', 'others', 'delete');
    const everyone = { kind: 'Group', name: 'system:serviceaccounts:remora-system' };
    bind('clusterrolebindings', undefined, 'ClusterRole', 'wide', everyone);
    bind('clusterrolebindings', undefined, 'ClusterRole', 'others', account('control', 'shop'));
    expect(await granted()).to.deep.equal(['system:serviceaccounts:remora-system: list /pods/* everywhere']);
  });
});
