import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { parseWebhookConfig } from '../../../webhook/config.ts';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
const example = /```yaml\n([^]*?)```/.exec(page)?.[1] ?? '';

/** Paths of the leaves of a map, with `<key>` for keys that are not fixed. */
function leaves(value: unknown, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, child]) =>
    leaves(child, path === 'settings' ? 'settings.<key>' : [path, key].filter(Boolean).join('.')),
  );
}

describe('docs/configuration', () => {
  it('shows a config.yaml that the webhook accepts', () => {
    expect(parseWebhookConfig(example, {}, '0.1.0')).to.include({ outcome: 'parsed' });
  });

  it('explains every field of it, and no other', () => {
    const explained = [...page.matchAll(/^\| `([a-z][A-Za-z.<>]*)` /gm)].map(([, field = '']) => field);
    const shown = [...new Set(leaves(parseDocument(example).toJS() as unknown, ''))];
    expect(explained.sort()).to.deep.equal(shown.sort());
  });

  it('explains every variable that the webhook reads', () => {
    const source = readFileSync(join(root, 'webhook/config.ts'), 'utf8');
    const read = new Set([...source.matchAll(/'(REMORA_[A-Z_]+)'/g)].map(([, name = '']) => name));
    const explained = [...page.matchAll(/^\| `(REMORA_[A-Z_]+)` /gm)].map(([, name = '']) => name);
    expect(explained).to.include.members([...read]);
    expect(read.size).to.be.greaterThan(3);
  });
});
