import { nearestOf } from '../../runtime/nearest.ts';
import { everyLabel } from './selector.ts';
import type { InventoryKind, KindSelector, LabelExpression, LabelSelector } from './types.ts';

/** A value that was read, or what may be written instead. */
export type Read<T> =
  | { readonly outcome: 'read'; readonly value: T }
  | { readonly outcome: 'refused'; readonly part: string; readonly allowed: string; readonly nearest?: string };

function refused(part: string, allowed: string, nearest?: string): Read<never> {
  return { outcome: 'refused', part, allowed, ...(nearest === undefined ? {} : { nearest }) };
}

const kindPattern = /^(?:(?<group>[a-z0-9]([-a-z0-9.]*[a-z0-9])?|\*)\/)?(?<kind>[A-Z][A-Za-z0-9]*|\*)$/;

/** `Pod`, `apps/Deployment`, `apps/*`, `*`: group and kind, the core group without a name. */
export function readKind(text: string): Read<KindSelector> {
  const found = kindPattern.exec(text)?.groups;
  if (found === undefined) return refused(text, 'a kind such as Pod, apps/Deployment, apps/*, or *');
  const { group, kind = '' } = found;
  const isAll = kind === '*' && group === undefined;
  return { outcome: 'read', value: { apiGroups: [isAll ? '*' : (group ?? '')], kinds: [kind] } };
}

const inventoryPattern = /^(?:(?<group>[a-z0-9][-a-z0-9.]*)\/)?(?<version>v\d[a-z0-9]*)\/(?<kind>[A-Z][A-Za-z0-9]*)$/;

/** `v1/Service`, `networking.k8s.io/v1/Ingress`. */
export function readInventoryKind(text: string): Read<InventoryKind> {
  const found = inventoryPattern.exec(text)?.groups;
  const allowed = 'group, version and kind, such as v1/Service or networking.k8s.io/v1/Ingress';
  if (found === undefined) return refused(text, allowed);
  const { group = '', version = '', kind = '' } = found;
  if (group === '' && kind === 'Secret') return refused(text, `${allowed}; Secrets are never shown to a policy`);
  return { outcome: 'read', value: { group, version, kind } };
}

/** A name, or a glob with `*` at either end. */
export function readGlob(text: string): Read<string> {
  return /^\*?[a-z0-9]([-a-z0-9]*[a-z0-9])?-?\*?$|^\*?-?[a-z0-9]([-a-z0-9]*[a-z0-9])?\*?$|^\*$/.test(text)
    ? { outcome: 'read', value: text }
    : refused(text, 'a namespace, or a glob with * at either end');
}

export function readWord<const W extends string>(words: readonly W[]): (text: string) => Read<W> {
  return (text) => {
    const word = words.find((each) => each === text);
    if (word !== undefined) return { outcome: 'read', value: word };
    const isOtherCase = words.find((each) => each.toLowerCase() === text.toLowerCase());
    return refused(text, `one of ${words.join(', ')}`, isOtherCase ?? nearestOf(text, words));
  };
}

const label = '(?:[a-z0-9][-.a-z0-9]*/)?[A-Za-z0-9](?:[-_.A-Za-z0-9]*[A-Za-z0-9])?';
const value = '(?:[A-Za-z0-9](?:[-_.A-Za-z0-9]*[A-Za-z0-9])?)?';
const equality = new RegExp(`^(${label})\\s*(=|==|!=)\\s*(${value})$`);
const membership = new RegExp(`^(${label})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const presence = new RegExp(`^(!?)\\s*(${label})$`);
const valuePattern = new RegExp(`^${value}$`);

/** A label selector as kubectl has it: `app=web,tier in (a,b),!canary`. */
export function readSelectorText(text: string): Read<LabelSelector> {
  if (text.trim() === '') return { outcome: 'read', value: everyLabel };
  const expressions: LabelExpression[] = [];
  // Commas within parentheses belong to a list of values.
  for (const part of text.split(/,(?![^(]*\))/).map((each) => each.trim())) {
    const expression = readExpression(part);
    if (expression === undefined) return refused(part, 'a label selector such as app=web,tier in (a,b),!canary');
    expressions.push(expression);
  }
  return { outcome: 'read', value: { matchLabels: {}, matchExpressions: expressions } };
}

function readExpression(part: string): LabelExpression | undefined {
  const equal = equality.exec(part);
  if (equal !== null) {
    const [, key = '', sign, of = ''] = equal;
    return { key, operator: sign === '!=' ? 'NotIn' : 'In', values: [of] };
  }
  const member = membership.exec(part);
  if (member !== null) {
    const [, key = '', word, list = ''] = member;
    const values = list.split(',').map((each) => each.trim());
    if (!values.every((each) => valuePattern.test(each))) return undefined;
    return { key, operator: word === 'in' ? 'In' : 'NotIn', values };
  }
  const present = presence.exec(part);
  if (present === null) return undefined;
  return { key: present[2] ?? '', operator: present[1] === '!' ? 'DoesNotExist' : 'Exists', values: [] };
}
