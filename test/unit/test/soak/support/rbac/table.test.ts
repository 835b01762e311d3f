import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { differences } from '../../../../../soak/support/rbac/compare.ts';
import { grantText } from '../../../../../soak/support/rbac/grants.ts';
import { table } from '../../../../../soak/support/rbac/table.ts';
import { rightsOf, type Rule } from '../../../../../rights/rights.ts';

const documented = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', '..', '..', '..', '..', 'docs', 'rbac.json'), 'utf8'),
) as Readonly<Record<string, readonly (Rule & { readonly scope: string })[]>>;

describe('The soak’s table of rights', () => {
  it('has a check for each right of docs/rbac.json, and for no other', () => {
    const rights = Object.entries(documented).flatMap(([account, rules]) =>
      rules.flatMap(({ scope, ...rule }) =>
        rightsOf([rule]).map((right) => grantText({ account, right, scope: scope === 'cluster' ? undefined : scope })),
      ),
    );
    expect(differences(rights, table.keys())).to.deep.equal([]);
    expect(table.size).to.be.greaterThan(50);
  });

  it('takes Remora out of admission last', () => {
    const accounts = [...table.keys()].map((text) => text.split(':')[0]);
    expect([...new Set(accounts)]).to.deep.equal(['remora-webhook', 'remora-control', 'remora-uninstall']);
  });
});

describe('Comparing rights', () => {
  it('names one that is granted and not known, and one that is known and not granted', () => {
    expect(differences(['a', 'b'], ['b', 'c'])).to.deep.equal([
      'a: no check knows this right',
      'c: the chart does not grant it any more',
    ]);
  });
});
