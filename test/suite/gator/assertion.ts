import { RE2JS } from 're2js';
import type { Assertion } from './suite.ts';

/** What is wrong with the messages of a case's violations; undefined when the assertion holds. */
export function checkAssertion({ violations, message }: Assertion, messages: readonly string[]): string | undefined {
  const pattern = message === undefined ? undefined : compile(message);
  if (pattern === null) return `${message ?? ''} is no regular expression of RE2`;
  const count = messages.filter((one) => pattern?.matcher(one).find() ?? true).length;
  const holds = violations === 'yes' ? count > 0 : count === (violations === 'no' ? 0 : violations);
  if (holds) return undefined;
  const wanted = violations === 'yes' ? 'at least 1' : violations === 'no' ? 'none' : `exactly ${violations}`;
  const which = message === undefined ? 'violations' : `violations with a message like ${JSON.stringify(message)}`;
  const got = messages.length === 0 ? '' : `; messages are:${messages.map((one) => `\n  ${one}`).join('')}`;
  return `want ${wanted}, got ${count} ${which}${got}`;
}

function compile(pattern: string): RE2JS | null {
  try {
    return RE2JS.compile(pattern);
  } catch {
    return null;
  }
}
