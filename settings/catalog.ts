import { nearestOf } from '../runtime/nearest.ts';
import { settingTable } from './table.ts';
import type { Setting } from './table.ts';

/** A row of the table with its key; `secret-<name>` for a pattern. */
export interface Row {
  readonly key: string;
  readonly setting: Setting<unknown>;
}

/** Finds rows of a settings table by the keys that people write, without the prefix `remora.dev/`. */
export interface Catalog {
  readonly rows: readonly Row[];
  find(key: string): Row | undefined;
  /** The valid key that `key` most likely meant. */
  nearest(key: string): string | undefined;
}

interface Pattern extends Row {
  readonly prefix: string;
}

/** What may stand for `<name>`: the rest of an annotation's name part (63 characters in all, as Kubernetes has it). */
const placeholder = /^[A-Za-z0-9](?:[-_.A-Za-z0-9]*[A-Za-z0-9])?$/;
const maxKeyLength = 63;

/** Makes a catalog. Exact keys win over patterns, and of patterns the one with the longer fixed part. */
export function createCatalog(table: Readonly<Record<string, Setting<unknown>>>): Catalog {
  const rows: readonly Row[] = Object.entries(table).map(([key, setting]) => ({ key, setting }));
  const exact = new Map(rows.filter(({ key }) => !key.includes('<')).map((row) => [row.key, row]));
  const patterns: readonly Pattern[] = rows
    .filter(({ key }) => key.includes('<'))
    .map((row) => ({ ...row, prefix: row.key.slice(0, row.key.indexOf('<')) }))
    .sort((left, right) => right.prefix.length - left.prefix.length);

  const find = (key: string): Row | undefined =>
    exact.get(key) ??
    (key.length > maxKeyLength
      ? undefined
      : patterns.find(({ prefix }) => key.startsWith(prefix) && placeholder.test(key.slice(prefix.length))));

  /** The written key with a pattern's fixed part in place of as many words as that part has. */
  const fitted = (key: string, { prefix }: Pattern): string =>
    prefix +
    key
      .split('-')
      .slice(prefix.split('-').length - 1)
      .join('-');

  return {
    rows,
    find,
    nearest: (key) =>
      nearestOf(key, [
        ...exact.keys(),
        ...patterns.map((pattern) => fitted(key, pattern)).filter((candidate) => find(candidate) !== undefined),
      ]),
  };
}

/** The settings that exist. */
export const catalog: Catalog = createCatalog(settingTable);
