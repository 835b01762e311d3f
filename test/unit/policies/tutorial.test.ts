import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { shippedPolicies } from '../../../scripts/policies.ts';
import { follow, isReplay } from '../../tutorial/follow.ts';
import { pagesThatTeach, pageText, readPage } from '../../tutorial/page.ts';
import type { Block } from '../../tutorial/page.ts';
import { openDoor } from './door.ts';
import { terminalOf } from './kubectl.ts';

const policies = fileURLToPath(new URL('../../../policies', import.meta.url));

/** Follows a page from its first block to its last, each time with a door of its own. */
async function differences(blocks: readonly Block[]): Promise<readonly unknown[]> {
  const door = await openDoor('shop');
  try {
    const terminal = terminalOf(door);
    // The pages apply what stands in the repository too.
    await terminal.save('policies/owners/policy.yaml', readFileSync(`${policies}/owners/policy.yaml`, 'utf8'));
    return await follow(blocks, terminal, 20_000, isReplay);
  } finally {
    await door.close();
  }
}

for (const page of pagesThatTeach) {
  describe(page, function () {
    this.timeout(300_000);
    const blocks = readPage(pageText(page));

    it('says word for word what happens when it is followed', async () => {
      expect(await differences(blocks)).to.deep.equal([]);
    });

    it('would notice an example that says otherwise', async () => {
      const at = blocks.findIndex((block) => block.kind === 'session');
      const planted = blocks.slice(0, at + 1).map((block): Block => {
        if (block.kind !== 'session') return block;
        return { ...block, commands: block.commands.slice(0, 1).map(({ line }) => ({ line, printed: ['planted'] })) };
      });
      expect(await differences(planted)).to.have.length(1);
    });

    it('shows Rego that is taken as it is, in the format of OPA', async () => {
      const door = await openDoor('shop');
      try {
        for (const block of blocks) {
          if (block.kind !== 'rego') continue;
          const metadata = { namespace: 'shop', name: 'shown', labels: { 'remora.dev/policy': 'true' } };
          const data = { 'shown.rego': block.text };
          const answer = await door.write({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }, { isDryRun: true });
          expect(answer, block.text).to.deep.include({ outcome: 'allowed', warnings: [] });
        }
      } finally {
        await door.close();
      }
    });
  });
}

describe('policies/README.md, its table', () => {
  it('lists every policy that ships, and no other', () => {
    const listed = [...pageText('policies/README.md').matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name);
    expect(listed.sort()).to.deep.equal(shippedPolicies(policies));
  });
});

describe('pages that teach', () => {
  it('have no block that nothing runs', () => {
    expect(() => readPage('```yaml\na: 1\n```\n')).to.throw('nothing runs a block of "yaml"');
  });
});
