import { expect } from 'chai';
import fc from 'fast-check';
import { catalog, createCatalog } from '../../../settings/catalog.ts';
import { writers } from '../../../settings/table.ts';
import type { Setting } from '../../../settings/table.ts';
import { word } from '../../../settings/value.ts';

const row: Setting<unknown> = {
  kind: word(['on']),
  default: undefined,
  description: 'for this test',
  examples: [],
  writers,
  since: '0.1.0',
  tighter: 'none',
  isAtLeast: () => true,
};

/** Keys as later capabilities will have them. */
const later = createCatalog({ 'secret-<name>': row, 'secret-env-<NAME>': row, 'secret-role': row, postgres: row });

describe('settings/catalog', () => {
  const found: readonly (readonly [string, string | undefined])[] = [
    ['postgres', 'postgres'],
    ['secret-role', 'secret-role'],
    ['secret-db', 'secret-<name>'],
    ['secret-env-DB_PASSWORD', 'secret-env-<NAME>'],
    ['secret-', undefined],
    ['secret-env-', undefined],
    ['secret--x', undefined],
    [`secret-${'x'.repeat(57)}`, undefined],
    ['Postgres', undefined],
    ['constructor', undefined],
    ['', undefined],
  ];
  for (const [key, expected] of found) {
    it(`finds "${key.slice(0, 30)}" as ${expected ?? 'nothing'}`, () => {
      expect(later.find(key)?.key).to.equal(expected);
    });
  }

  const near: readonly (readonly [string, string | undefined])[] = [
    ['postgers', 'postgres'],
    ['secert-db', 'secret-db'],
    ['secert-env-DB', 'secret-env-DB'],
    ['sercet-role', 'secret-role'],
    ['unlike', undefined],
  ];
  for (const [key, expected] of near) {
    it(`suggests ${expected ?? 'nothing'} for "${key}"`, () => {
      const nearest = later.nearest(key);
      if (expected === undefined) expect(nearest).to.equal(undefined);
      else expect(later.find(nearest ?? '')?.key).to.equal(later.find(expected)?.key);
    });
  }

  it('suggests only keys that it finds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(secr?e?t|telemtry|post)-[a-zA-Z-]{0,8}$/)), (key) => {
        for (const each of [later, catalog]) {
          const nearest = each.nearest(key);
          if (nearest !== undefined) expect(each.find(nearest)).not.to.equal(undefined);
        }
      }),
    );
  });

  it('has a default for every fixed key, and examples that its kind reads', () => {
    for (const { key, setting } of catalog.rows) {
      expect(setting.default === undefined, key).to.equal(key.includes('<'));
      expect(setting.examples, key).not.to.be.empty;
      for (const { text } of setting.examples)
        expect(setting.kind.read(text).outcome, `${key}: ${text}`).to.equal('read');
    }
  });
});
