import type { Field } from './field.ts';
import type { LabelExpression, LabelSelector } from './types.ts';

/** Selects everything. */
export const everyLabel: LabelSelector = { matchLabels: {}, matchExpressions: [] };

/** Label syntax of Kubernetes; what breaks it could match no object. */
const labelKey = /^(?:[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^(?:[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/;

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/** Reads a label selector (meta/v1 `LabelSelector`); one that is absent selects everything. */
export function readSelector(field: Field): LabelSelector {
  field.entries(['matchLabels', 'matchExpressions']);
  const matchLabels = field.at('matchLabels').textsByKey();
  for (const [key, value] of field.at('matchLabels').entries()) {
    checkKey(key, value);
    checkValue(value);
  }
  const matchExpressions = field
    .at('matchExpressions')
    .items()
    .flatMap((item) => readExpression(item) ?? []);
  return { matchLabels, matchExpressions };
}

function readExpression(field: Field): LabelExpression | undefined {
  field.entries(['key', 'operator', 'values']);
  const key = field.at('key').text('required');
  if (key !== '') checkKey(key, field.at('key'));
  const operator = field.at('operator').oneOf(operators);
  if (field.at('operator').isAbsent) field.at('operator').refuse(`one of ${operators.join(', ')}`);
  const values = field.at('values').texts();
  for (const item of field.at('values').items()) checkValue(item);
  if (operator === undefined) return undefined;
  const wantsValues = operator === 'In' || operator === 'NotIn';
  if (wantsValues && values.length === 0)
    field.at('values').refuse(`at least one value, as the operator is ${operator}`);
  if (!wantsValues && values.length > 0) field.at('values').refuse(`no value, as the operator is ${operator}`);
  return { key, operator, values };
}

function checkKey(key: string, field: Field): void {
  if (!labelKey.test(key)) field.refuseAs(key, 'a label key as Kubernetes accepts it');
}

function checkValue(field: Field): void {
  if (typeof field.value !== 'string' || labelValue.test(field.value)) return;
  field.refuse('a label value as Kubernetes accepts it');
}

/** Whether a selector selects labels; every part of it must. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
    selector.matchExpressions.every((expression) => holds(expression, labelOf(labels, expression.key)))
  );
}

/** `NotIn` holds for an object without the label (apimachinery `labels.Requirement.Matches`). */
function holds({ operator, values }: LabelExpression, value: string | undefined): boolean {
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  const isListed = value !== undefined && values.includes(value);
  return operator === 'In' ? isListed : !isListed;
}

function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** Whether a selector says nothing, so that labels need not be known. */
export function selectsAll({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}
