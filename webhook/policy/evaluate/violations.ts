import { shown } from '../../../runtime/problem.ts';
import type { Evaluation, Violation } from '../types.ts';
import { Decimal } from '../value/number.ts';
import { writeTerm } from '../value/text.ts';
import { isArray, RegoObject, RegoSet } from '../value/value.ts';
import type { Value } from '../value/value.ts';

/**
 * Reads what a rule gave: nothing, or a set or a list of messages, each a text or an object with `msg`.
 *
 * Anything else is `PolicyOutput`: a policy whose verdict cannot be read must not pass for one without violations.
 */
export function violationsOf(value: Value | undefined): Evaluation {
  if (value === undefined) return { outcome: 'evaluated', violations: [] };
  const members = value instanceof RegoSet ? value.values : isArray(value) ? value : undefined;
  if (members === undefined) return unreadable(value);
  const violations: Violation[] = [];
  for (const member of members) {
    const violation = violationOf(member);
    if (violation === undefined) return unreadable(member);
    violations.push(violation);
  }
  return { outcome: 'evaluated', violations };
}

function violationOf(value: Value): Violation | undefined {
  if (typeof value === 'string') return { message: value, details: {} };
  if (!(value instanceof RegoObject)) return undefined;
  const message = value.get('msg');
  if (typeof message !== 'string') return undefined;
  const others = value.entries.filter(([key]) => key !== 'msg');
  return { message, details: Object.fromEntries(others.map(([key, of]) => [textOf(key), plain(of)])) };
}

function unreadable(value: Value): Evaluation {
  const message = `gave ${shown(writeTerm(value))}; a rule gives texts, or objects with a text "msg"`;
  return { outcome: 'failed', code: 'PolicyOutput', message };
}

function textOf(key: Value): string {
  return typeof key === 'string' ? key : writeTerm(key);
}

/** What is deeper in details is left out: a policy may quote an object that no message to another thread can carry. */
const shownDepth = 100;

/** A value as JSON has it: sets are lists, keys are texts, numbers that no double holds are texts. */
export function plain(value: Value, depth = shownDepth): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Decimal) return value.text;
  if (depth === 0 && typeof value === 'object' && value !== null) return '…';
  const inner = (of: Value): unknown => plain(of, depth - 1);
  if (value instanceof RegoSet) return value.values.map(inner);
  if (value instanceof RegoObject)
    return Object.fromEntries(value.entries.map(([key, of]) => [textOf(key), inner(of)]));
  return isArray(value) ? value.map(inner) : value;
}
