import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const root = join(import.meta.dirname, '..', '..', '..');

describe('docs/operations.md', () => {
  it('lists every metric that the processes have, and no other', () => {
    const sources = globSync('{webhook,control,certs,kube,runtime}/**/*.ts', { cwd: root });
    const made = sources.flatMap((path) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(/name: '(remora_[a-z_]+)'/g)].map(([, name]) => name),
    );
    const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `(remora_[a-z_]+)`/gm)].map(([, name]) => name);
    expect(new Set(listed)).to.deep.equal(new Set(made));
  });
});
