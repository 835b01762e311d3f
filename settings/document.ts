import { isScalar, isSeq } from 'yaml';
import { shown } from '../runtime/problem.ts';
import type { Parsed } from '../runtime/problem.ts';
import type { SettingsConfigMap, SettingsDocument, SettingsEntry, WrittenSetting } from './types.ts';
import { readSetting } from './written.ts';
import { asMap, beginWalk, readMap, readSyntax, readTexts, settingsFile, shape, wrongShape } from './yaml.ts';
import type { Pairs, Walk } from './yaml.ts';

/** Bytes of a document. Far more than people write, and little enough that the worst of it parses in about 0.1 s. */
export const maxDocumentBytes = 32 * 1024;

/** Problems that one document reports; a page of them helps nobody, and a hostile text has thousands. */
const maxProblems = 50;

/** Parses a ConfigMap labelled `remora.dev/settings=true`, from its `data`. Keys besides `settings.yaml` are ignored. */
export function readSettingsConfigMap(
  name: string,
  data: Readonly<Record<string, string>> | null | undefined,
): SettingsConfigMap {
  const text = data?.[settingsFile];
  if (text !== undefined) return { name, document: parseSettingsConfigMap(text) };
  const keys = Object.keys(data ?? {}).join(', ');
  const problem = shape('data', shown(keys), `the key ${settingsFile} is required`, settingsFile);
  return { name, document: { outcome: 'refused', problems: [problem] } };
}

/**
 * Parses the `settings.yaml` of a settings ConfigMap: a list of `{match: {labels}, settings}`, as YAML 1.2.
 *
 * Written by whoever may write ConfigMaps in the namespace. Every problem names line and column. Codes:
 * `SettingsTooLarge`, `SettingsSyntax` (no YAML, several documents, duplicate keys, aliases), `SettingsShape` (a
 * wrong type or key), and those of a setting.
 */
export function parseSettingsConfigMap(text: string): Parsed<SettingsDocument> {
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > maxDocumentBytes) {
    const allowed = `at most ${maxDocumentBytes} bytes`;
    const problem = { code: 'SettingsTooLarge', field: settingsFile, value: `${sizeBytes} bytes`, allowed };
    return { outcome: 'refused', problems: [problem] };
  }
  const walk = beginWalk();
  const document = readSyntax(text, walk);
  const entries = document === undefined ? [] : readEntries(document.contents, walk);
  return walk.problems.length > 0
    ? { outcome: 'refused', problems: walk.problems.slice(0, maxProblems) }
    : { outcome: 'parsed', value: { entries } };
}

function readEntries(root: unknown, walk: Walk): readonly SettingsEntry[] {
  // A document of comments alone says nothing, and that is fine.
  if (root === null || (isScalar(root) && root.value === null)) return [];
  if (isSeq(root)) return root.items.flatMap((item, index) => readEntry(item, `[${index}]`, walk));
  wrongShape(root, '', 'a list of entries, each {match: {labels: {…}}, settings: {…}}', walk);
  return [];
}

function readEntry(node: unknown, path: string, walk: Walk): readonly SettingsEntry[] {
  const parts = readMap(node, path, ['match', 'settings'], walk);
  if (parts === undefined) return [];
  const match = readMap(parts.get('match'), `${path}.match`, ['labels'], walk);
  const labels = match === undefined ? undefined : asMap(match.get('labels'), `${path}.match.labels`, walk);
  const settings = asMap(parts.get('settings'), `${path}.settings`, walk);
  if (labels === undefined || settings === undefined) return [];
  return [
    {
      matchLabels: Object.fromEntries(readLabels(labels, `${path}.match.labels`, walk)),
      settings: readSettings(settings, `${path}.settings`, walk),
    },
  ];
}

/** Label syntax of Kubernetes; what breaks it would silently match no pod. */
const labelKey = /^(?:[a-z0-9][-.a-z0-9]{0,252}\/)?[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^(?:[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/;

function readLabels(labels: Pairs, path: string, walk: Walk): readonly (readonly [string, string])[] {
  return readTexts(labels, path, walk).map(({ key, text, field }) => {
    if (!labelKey.test(key)) walk.problems.push(shape(field, key, 'a label key as Kubernetes accepts it'));
    if (!labelValue.test(text)) walk.problems.push(shape(field, text, 'a label value as Kubernetes accepts it'));
    return [key, text];
  });
}

function readSettings(settings: Pairs, path: string, walk: Walk): readonly WrittenSetting[] {
  return readTexts(settings, path, walk).flatMap(({ key, text, field }) => {
    const place = { writer: 'configmap', keyPrefix: '', field: () => field } as const;
    const setting = readSetting(key, text, place, walk.problems);
    return setting === undefined ? [] : [setting];
  });
}
