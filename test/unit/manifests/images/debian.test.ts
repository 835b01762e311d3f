import { expect } from 'chai';
import { architectures } from '../../../../manifests/images/architecture.ts';
import { lockedPackages, readDebianLock } from '../../../../manifests/images/debian-lock.ts';
import { parseStanzas } from '../../../../manifests/images/debian.ts';
import { imageNames, recipes } from '../../../../manifests/images/recipes.ts';

describe('the lock of Debian packages', () => {
  for (const architecture of architectures) {
    it(`has every package of every recipe for ${architecture}`, async () => {
      const lock = await readDebianLock();
      for (const name of imageNames) {
        const locked = lockedPackages(recipes[name].packages, architecture, lock);
        expect(locked.every(({ sha256, version }) => /^[0-9a-f]{64}$/.test(sha256) && version !== '')).to.equal(true);
      }
    });
  }

  it('names all packages that it lacks at once, and how to get them', () => {
    const lock = { amd64: { a: { version: '1', sha256: '' } }, arm64: {} };
    expect(() => lockedPackages(['a', 'b', 'c'], 'amd64', lock)).to.throw(
      'no b, c for amd64: run npm run image -- --update-lock',
    );
  });

  it('reads the stanzas that apt-cache show prints', () => {
    const text =
      'Package: a\nVersion: 1:2-3\nDescription: x\n Version: no\nSHA256: ab\n\nPackage: b\nVersion: 4\nSHA256: cd\n\n';
    expect(parseStanzas(text)).to.deep.equal([
      { name: 'a', version: '1:2-3', sha256: 'ab' },
      { name: 'b', version: '4', sha256: 'cd' },
    ]);
  });
});
