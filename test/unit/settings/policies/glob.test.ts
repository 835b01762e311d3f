import { expect } from 'chai';
import fc from 'fast-check';
import { globPattern, matchesGenerateName, matchesGlob } from '../../../../settings/policies/glob.ts';

const anyName = fc.stringMatching(/^[-a-z0-9]{0,6}$/);

describe('settings/policies/glob', () => {
  // As Gatekeeper's own `pkg/wildcard` decides; the rows are of its documentation.
  const rows: readonly (readonly [glob: string, name: string, matches: boolean])[] = [
    ['kube-system', 'kube-system', true],
    ['kube-system', 'kube-systems', false],
    ['kube-*', 'kube-system', true],
    ['kube-*', 'my-kube-system', false],
    ['kube-*', 'kube-', true],
    ['*-system', 'kube-system', true],
    ['*-system', 'kube-systems', false],
    ['*kube*', 'my-kube-system', true],
    ['*kube*', 'kube', true],
    ['*', '', true],
    ['**', 'anything', true],
    ['kube-', 'kube-system', false],
    ['k*e', 'kube', false],
    ['', '', true],
    ['', 'a', false],
  ];
  for (const [glob, name, matches] of rows) {
    it(`${glob || 'the empty glob'} ${matches ? 'matches' : 'does not match'} "${name}"`, () => {
      expect(matchesGlob(glob, name)).to.equal(matches);
    });
  }

  it('matches a name that is still to be generated only by a glob that is open at its end', () => {
    expect(['job-*', '*job*', '*job-', 'job-', '*'].map((glob) => matchesGenerateName(glob, 'job-'))).to.deep.equal([
      true,
      true,
      false,
      false,
      true,
    ]);
    expect(['job-*', '*job*', '*'].map((glob) => matchesGenerateName(glob, ''))).to.deep.equal([false, false, true]);
  });

  it('says the same as a regular expression would, for every name and glob', () => {
    fc.assert(
      fc.property(anyName, fc.boolean(), fc.boolean(), anyName, (text, before, after, name) => {
        const glob = `${before ? '*' : ''}${text}${after ? '*' : ''}`;
        const pattern = new RegExp(`^${before ? '.*' : ''}${text}${after ? '.*' : ''}$`);
        expect(matchesGlob(glob, name)).to.equal(pattern.test(name));
        expect(globPattern.test(glob)).to.equal(true);
      }),
    );
  });

  it('lets a generated name through whenever its beginning was', () => {
    fc.assert(
      fc.property(anyName, fc.boolean(), anyName, anyName, (text, before, start, rest) => {
        const glob = `${before ? '*' : ''}${text}*`;
        fc.pre(matchesGenerateName(glob, start));
        expect(matchesGlob(glob, start + rest)).to.equal(true);
      }),
    );
  });
});
