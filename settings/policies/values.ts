import { listOf, readItems, spaced } from '../value.ts';
import type { ValueKind } from '../value.ts';
import type { InventoryKind, KindSelector, LabelExpression, LabelSelector } from './types.ts';

/** Values that a policy says of itself, as text. Every kind reads exactly what its `pattern` matches. */

// No group is called as a version is: `v1/Pod` is a habit of `apiVersion`.
const group = '(?!v[0-9]+(?:(?:alpha|beta)[0-9]+)?/)[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?';
const kindName = '[A-Z][A-Za-z0-9]*';
const matchedKind = `(?:(?:${group}|\\*)/)?(?:${kindName}|\\*)`;
const wholeMatchedKind = new RegExp(`^${matchedKind}$`);

/** `Pod, apps/Deployment, apps/*, *`: groups and kinds; a kind without a group is of the core group, `*` alone is all. */
export const kindList: ValueKind<readonly KindSelector[]> = {
  allowed: 'a comma-separated list of kinds such as Pod, apps/Deployment, apps/*, or *',
  pattern: spaced(listOf(matchedKind)),
  read: (text) => {
    const known = (item: string): string | undefined => (wholeMatchedKind.test(item) ? item : undefined);
    const read = readItems(text, known, (item) => known(withoutVersion(item)));
    return read.outcome === 'refused' ? read : { outcome: 'read', value: read.value.map(selectorOf) };
  },
  print: (selectors) => selectors.map(printSelector).join(','),
};

function selectorOf(item: string): KindSelector {
  const parts = item.split('/');
  const kind = parts.at(-1) ?? '';
  const of = parts.length === 2 ? (parts[0] ?? '') : kind === '*' ? '*' : '';
  return { apiGroups: [of], kinds: [kind] };
}

function printSelector({ apiGroups, kinds }: KindSelector): string {
  const [of = ''] = apiGroups;
  const [kind = ''] = kinds;
  return of === '' || (of === '*' && kind === '*') ? kind : `${of}/${kind}`;
}

/** `apps/v1/deployment` -> `apps/Deployment`, `v1/Pod` -> `Pod`: what people write who think of `apiVersion` or kubectl. */
function withoutVersion(item: string): string {
  const parts = item.split('/').filter((part) => !/^v\d+(?:(?:alpha|beta)\d+)?$/.test(part));
  const kind = parts.at(-1) ?? '';
  return [...parts.slice(0, -1), kind.slice(0, 1).toUpperCase() + kind.slice(1)].join('/');
}

const glob = '\\*?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?-?\\*?|\\*?-?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\\*?|\\*';
const wholeGlob = new RegExp(`^(?:${glob})$`);

/** `shop, team-*, *-test`: names of namespaces, or globs with `*` at either end. */
export const namespaceList: ValueKind<readonly string[]> = {
  allowed: 'a comma-separated list of namespaces, or globs with * at either end',
  pattern: spaced(listOf(glob)),
  read: (text) => {
    const known = (item: string): string | undefined => (wholeGlob.test(item) ? item : undefined);
    return readItems(text, known, (item) => known(item.toLowerCase().replaceAll(/[_. ]/g, '-')));
  },
  print: (names) => names.join(','),
};

const inventoryKind = `(?:${group}/)?v[0-9][a-z0-9]*/${kindName}`;
// Nobody may read Secrets through a policy, so there is no way to write them.
const shownKind = `(?!v[0-9][a-z0-9]*/Secret(?![A-Za-z0-9]))${inventoryKind}`;
const wholeInventoryKind = new RegExp(`^${shownKind}$`);

/** `v1/Service, networking.k8s.io/v1/Ingress`: the kinds that `data.inventory` is to hold. */
export const inventoryList: ValueKind<readonly InventoryKind[]> = {
  allowed:
    'a comma-separated list of version and kind, with the group where there is one: v1/Service, ' +
    'networking.k8s.io/v1/Ingress; never v1/Secret',
  pattern: spaced(listOf(shownKind)),
  read: (text) => {
    const known = (item: string): string | undefined => (wholeInventoryKind.test(item) ? item : undefined);
    const read = readItems(text, known, (item) => (item.includes('/') ? undefined : known(`v1/${item}`)));
    return read.outcome === 'refused' ? read : { outcome: 'read', value: read.value.map(inventoryOf) };
  },
  print: (kinds) =>
    kinds.map(({ group: of, version, kind }) => [of, version, kind].filter(Boolean).join('/')).join(','),
};

function inventoryOf(item: string): InventoryKind {
  const parts = item.split('/');
  const [version = '', kind = ''] = parts.slice(-2);
  return { group: parts.length === 3 ? (parts[0] ?? '') : '', version, kind };
}

const labelKey = '(?:[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?';
const labelValue = '(?:[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?';
const equality = `(${labelKey})\\s*(==|=|!=)\\s*(${labelValue})`;
const membership = `(${labelKey})\\s+(in|notin)\\s*\\(((?:\\s*${labelValue}\\s*,)*\\s*${labelValue})\\s*\\)`;
const presence = `(!?)\\s*(${labelKey})`;
const requirements = [membership, equality, presence].map((form) => new RegExp(`^${form}$`));

/** A label selector as kubectl has it (apimachinery `labels.Parse`, without `>` and `<`); nothing selects everything. */
export const labelSelector: ValueKind<LabelSelector> = {
  allowed: 'a label selector such as app=web,tier in (a,b),!canary',
  pattern: spaced(`(?:${listOf([membership, equality, presence].map(ungrouped).join('|'))})?`),
  read: (text) => {
    if (text.trim() === '') return { outcome: 'read', value: { matchLabels: {}, matchExpressions: [] } };
    const read = splitRequirements(text).map((part) => expressionOf(part.trim()));
    const expressions = read.filter((expression) => expression !== undefined);
    return expressions.length < read.length
      ? { outcome: 'refused', nearest: undefined }
      : { outcome: 'read', value: { matchLabels: {}, matchExpressions: expressions } };
  },
  print: ({ matchLabels, matchExpressions }) =>
    [
      ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
      ...matchExpressions.map(printExpression),
    ].join(','),
};

/** Splits at commas; those within parentheses belong to a list of values. */
function splitRequirements(text: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let isWithin = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '(') isWithin = true;
    else if (character === ')') isWithin = false;
    else if (character === ',' && !isWithin) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/** The same form, whose groups are not captured. */
function ungrouped(form: string): string {
  return form.replaceAll(/\((?!\?)/g, (found, offset: number) => (form[offset - 1] === '\\' ? found : '(?:'));
}

function expressionOf(part: string): LabelExpression | undefined {
  const [member, equal, present] = requirements.map((form) => form.exec(part));
  if (member !== null && member !== undefined) {
    const [, key = '', word, list = ''] = member;
    const values = [...new Set(list.split(',').map((value) => value.trim()))];
    return { key, operator: word === 'in' ? 'In' : 'NotIn', values };
  }
  if (equal !== null && equal !== undefined) {
    const [, key = '', sign, value = ''] = equal;
    return { key, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] };
  }
  if (present === null || present === undefined) return undefined;
  const [, not, key = ''] = present;
  return { key, operator: not === '!' ? 'DoesNotExist' : 'Exists', values: [] };
}

function printExpression({ key, operator, values }: LabelExpression): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  const [only] = values;
  if (values.length === 1 && only !== undefined) return `${key}${operator === 'In' ? '=' : '!='}${only}`;
  return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
}

const packagePath = '[A-Za-z_][A-Za-z0-9_]*(?:\\.[A-Za-z_][A-Za-z0-9_]*)*';
const wholePackage = new RegExp(`^${packagePath}$`);

/** `shop.owner`: a package as the Rego names it. */
export const packageName: ValueKind<string> = {
  allowed: 'a package as the Rego names it, such as shop.owner',
  pattern: spaced(packagePath),
  read: (text) => {
    const written = text.trim();
    if (wholePackage.test(written)) return { outcome: 'read', value: written };
    const likely = written
      .replace(/^package\s+/, '')
      .replace(/^data\./, '')
      .replaceAll('/', '.');
    return { outcome: 'refused', nearest: wholePackage.test(likely) ? likely : undefined };
  },
  print: (name) => name,
};
