import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { follow } from '../../tutorial/follow.ts';
import { pageText, readPage } from '../../tutorial/page.ts';
import type { Block } from '../../tutorial/page.ts';
import { openDoor } from './door.ts';
import { terminalOf } from './kubectl.ts';

/** Follows a page from its first block to its last, each time with a door of its own. */
async function differences(blocks: readonly Block[]): Promise<readonly unknown[]> {
  const door = await openDoor('shop');
  try {
    const terminal = terminalOf(door);
    // The pages apply what stands in the repository too.
    const owners = fileURLToPath(new URL('../../../policies/owners/policy.yaml', import.meta.url));
    await terminal.save('policies/owners/policy.yaml', readFileSync(owners, 'utf8'));
    return await follow(blocks, terminal, 20_000);
  } finally {
    await door.close();
  }
}

describe('policies/README.md', function () {
  this.timeout(300_000);
  const blocks = readPage(pageText('policies/README.md'));

  it('says word for word what happens when it is followed', async () => {
    expect(await differences(blocks)).to.deep.equal([]);
  });

  it('would notice an example that says otherwise, and one that cannot be run', async () => {
    const at = blocks.findIndex((block) => block.kind === 'session');
    const planted = blocks.slice(0, at + 1).map((block): Block => {
      if (block.kind !== 'session') return block;
      return { ...block, commands: block.commands.map(({ line }) => ({ line, printed: ['planted'] })) };
    });
    expect(await differences(planted)).to.have.length(1);
    expect(() => readPage('```yaml\na: 1\n```\n')).to.throw('nothing runs a block of "yaml"');
  });
});
