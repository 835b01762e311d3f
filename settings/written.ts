import { nearestOf } from '../runtime/nearest.ts';
import { shown } from '../runtime/problem.ts';
import type { Problem } from '../runtime/problem.ts';
import { catalog } from './catalog.ts';
import { findMark, marks, prefix } from './marks.ts';
import type { Carrier } from './marks.ts';
import type { Writer } from './table.ts';
import type { SettingValues, WrittenSetting } from './types.ts';
import type { ValueKind } from './value.ts';

/** Where the texts of one source stand. */
export interface Place {
  readonly writer: Writer;
  /** What stands before each key as its author writes it: `remora.dev/`, or nothing in chart and ConfigMap. */
  readonly keyPrefix: string;
  /** Names the place of a key for a message. */
  readonly field: (key: string) => string;
}

function problem(code: string, field: string, value: unknown, allowed: string, nearest?: string): Problem {
  const base = { code, field, value: shown(value), allowed };
  return nearest === undefined ? base : { ...base, nearest };
}

/** The one problem of a text that its kind does not accept. */
export function invalid(field: string, text: string, kind: ValueKind<unknown>): Problem {
  const read = kind.read(text);
  return problem('InvalidSetting', field, text, kind.allowed, read.outcome === 'refused' ? read.nearest : undefined);
}

/** Reads one setting: the only reader of settings' texts, whichever source they come from. */
export function readSetting(key: string, text: string, place: Place, problems: Problem[]): WrittenSetting | undefined {
  const field = place.field(key);
  const row = catalog.find(key);
  if (row === undefined) {
    problems.push(unknownSetting(key, text, place));
    return undefined;
  }
  if (!row.setting.writers.includes(place.writer)) {
    const allowed = `written only by ${row.setting.writers.join(', ')}`;
    problems.push(problem('MisplacedSetting', field, text, allowed));
    return undefined;
  }
  const read = row.setting.kind.read(text);
  if (read.outcome === 'refused') {
    problems.push(problem('InvalidSetting', field, text, row.setting.kind.allowed, read.nearest));
    return undefined;
  }
  return { key, text, field, value: read.value };
}

/** A key that is no setting here: a mark that stands elsewhere, or nothing that Remora knows. */
function unknownSetting(key: string, text: string, place: Place): Problem {
  const field = place.field(key);
  const bare = key.startsWith(prefix) ? key.slice(prefix.length) : key;
  const mark = findMark(bare);
  if (mark !== undefined) return problem('MisplacedSetting', field, text, placeOf(mark.key));
  const nearest = catalog.find(bare) === undefined ? catalog.nearest(bare) : bare;
  const known = catalog.rows.map((row) => place.keyPrefix + row.key).join(', ');
  const suggestion = nearest === undefined ? undefined : place.keyPrefix + nearest;
  return problem('UnknownSetting', field, text, `no such setting; known are ${known}`, suggestion);
}

/** Says where a mark belongs: "remora.dev/lock is an annotation of a namespace". */
function placeOf(key: string): string {
  const mark = findMark(key);
  if (mark === undefined) return '';
  const article = mark.as === 'label' ? 'a label' : 'an annotation';
  return `${prefix}${key} is ${article} of a ${mark.on.join(' or a ')}, and has no meaning here`;
}

/** Labels and annotations of one object; `at` is the path of its metadata (`spec.template.metadata`). */
export interface Metadata {
  readonly at: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Reads the annotations under `remora.dev/` that are settings; marks that may stand here are left to others. */
export function readAnnotations(
  metadata: Metadata,
  carrier: Carrier,
  writer: Writer,
  problems: Problem[],
): readonly WrittenSetting[] {
  const place: Place = { writer, keyPrefix: prefix, field: (key) => `${metadata.at}.annotations[${prefix}${key}]` };
  const settings: WrittenSetting[] = [];
  for (const [name, text] of Object.entries(metadata.annotations)) {
    if (!name.startsWith(prefix)) continue;
    const key = name.slice(prefix.length);
    const mark = findMark(key);
    if (mark?.as === 'annotation' && mark.on.includes(carrier)) continue;
    const setting = readSetting(key, text, place, problems);
    if (setting !== undefined) settings.push(setting);
  }
  return settings;
}

/** Checks the labels under `remora.dev/`: no setting is a label, and a mark stands only where it has a meaning. */
export function checkLabels(metadata: Metadata, carrier: Carrier, problems: Problem[]): void {
  for (const [name, text] of Object.entries(metadata.labels)) {
    if (!name.startsWith(prefix)) continue;
    const key = name.slice(prefix.length);
    const mark = findMark(key);
    if (mark?.as === 'label' && mark.on.includes(carrier)) continue;
    const field = `${metadata.at}.labels[${name}]`;
    if (mark !== undefined) problems.push(problem('MisplacedSetting', field, text, placeOf(key)));
    else if (catalog.find(key) !== undefined) {
      problems.push(problem('MisplacedSetting', field, text, `${name} is an annotation, not a label`));
    } else problems.push(unknownLabel(field, text, key, carrier));
  }
}

function unknownLabel(field: string, text: string, key: string, carrier: Carrier): Problem {
  const labels = marks.filter((mark) => mark.as === 'label' && mark.on.includes(carrier)).map((mark) => mark.key);
  const nearest = nearestOf(key, labels);
  const known = labels.map((label) => prefix + label).join(', ');
  const suggestion = nearest === undefined ? undefined : prefix + nearest;
  return problem('UnknownSetting', field, text, `no such label; known are ${known}`, suggestion);
}

/** Values of settings by key; where a key was written twice, the later one. */
export function valuesOf(settings: readonly WrittenSetting[]): Readonly<Partial<SettingValues>> {
  const values: Record<string, unknown> = Object.fromEntries(settings.map(({ key, value }) => [key, value] as const));
  // Each value was read by the table's row of its key, which has the key's type.
  return values;
}
