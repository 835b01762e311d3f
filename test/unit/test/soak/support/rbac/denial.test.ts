import { expect } from 'chai';
import { denialIn } from '../../../../../soak/support/rbac/denial.ts';
import type { Grant } from '../../../../../soak/support/rbac/grants.ts';

const namespace = 'remora-system';
const user = 'system:serviceaccount:remora-system:remora-control';

function grant(
  right: { verb: string; group: string; resource: string; name?: string },
  account = 'remora-control',
): Grant {
  const role = { kind: 'ClusterRole', name: account } as const;
  return { account, right: { name: undefined, ...right }, scope: undefined, role };
}

/** As the API server writes it. */
const refusal =
  `secrets "remora-ca" is forbidden: User "${user}" cannot get resource "secrets" in API group "" ` +
  'in the namespace "remora-system"';
const line = (message: string): string => JSON.stringify({ level: 'warn', event: 'certificates.failed', message });

describe('A denial', () => {
  const getCa = grant({ verb: 'get', group: '', resource: 'secrets', name: 'remora-ca' });

  it('is found in a log line, and in a line that is no JSON', () => {
    expect(denialIn(['{"event":"lease.won"}', line(refusal)], namespace, getCa)).to.equal(refusal);
    expect(denialIn([`Not removed: ${refusal} [Forbidden]`], namespace, getCa)).to.contain(refusal);
  });

  it('is the first one', () => {
    expect(denialIn([line(refusal), line(`${refusal}, again`)], namespace, getCa)).to.equal(refusal);
  });

  for (const [what, other] of [
    ['another verb', grant({ verb: 'update', group: '', resource: 'secrets', name: 'remora-ca' })],
    ['another name', grant({ verb: 'get', group: '', resource: 'secrets', name: 'remora-seal' })],
    ['another resource', grant({ verb: 'get', group: '', resource: 'configmaps', name: 'remora-ca' })],
    ['another group', grant({ verb: 'get', group: 'apps', resource: 'secrets', name: 'remora-ca' })],
    ['another account', grant({ verb: 'get', group: '', resource: 'secrets', name: 'remora-ca' }, 'remora-webhook')],
  ] as const) {
    it(`is not one of ${what}`, () => {
      expect(denialIn([line(refusal)], namespace, other)).to.equal(undefined);
    });
  }

  it('of a right on every name may name an object, or none', () => {
    const listNodes = grant({ verb: 'list', group: '', resource: 'nodes' });
    const refused = `User "${user}" cannot list resource "nodes" in API group "" at the cluster scope`;
    expect(denialIn([line(`nodes is forbidden: ${refused}`)], namespace, listNodes)).to.contain(refused);
    expect(denialIn([line(`nodes "node1" is forbidden: ${refused}`)], namespace, listNodes)).to.contain(refused);
  });

  it('is not there in lines without a message, or in none', () => {
    expect(denialIn(['', 'null', '{"message":7}', '[]', '{'], namespace, getCa)).to.equal(undefined);
    expect(denialIn([], namespace, getCa)).to.equal(undefined);
  });
});
