import { shown } from '../../../runtime/problem.ts';
import type { Replay } from './replay.ts';

const maxRunes = 300;
const code = ' [PolicyReplay]';
const dayMs = 86_400_000;

/**
 * What a replay found, as one warning for who applies the policy: at most 300 characters, without what would break the
 * line; undefined when no request is kept yet, and so nothing can be said. Code: `PolicyReplay`.
 *
 * `now` is in milliseconds since the Unix epoch: the date is left out of times of the last day.
 */
export function replayWarning(replay: Replay, now: number): string | undefined {
  const { since, requests, wouldRefuse, wouldWarn, failed, isWhole } = replay;
  if (since === undefined) return undefined;
  const from = `since ${timeOf(since, now)}${isWhole ? '' : ' (all that could be asked in time)'}`;
  if (requests === 0) return `No request ${from} is one that the policy is for.${code}`;
  const head =
    `Of the last ${requests} requests ${from} it would have ` +
    [
      `refused ${wouldRefuse === 0 ? 'none' : wouldRefuse}`,
      ...(wouldWarn === 0 ? [] : [`warned of ${wouldWarn}`]),
      ...(failed === 0 ? [] : [`failed for ${failed}`]),
    ].join(', ');
  return `${withExamples(head, replay)}${code}`;
}

/** The head with the first example, cut to what there is room for, and how many there are besides. */
function withExamples(head: string, { examples, wouldRefuse, wouldWarn }: Replay): string {
  const [first] = examples;
  if (first === undefined) return `${head}.`;
  const rest = wouldRefuse + wouldWarn - 1;
  const tail = rest > 0 ? `, and ${rest} more.` : '.';
  const { kind, namespace, name, message } = first;
  const example = `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}: ${message}`;
  const room = maxRunes - [head, ': ', tail, code].reduce((sum, part) => sum + Array.from(part).length, 0);
  return `${head}: ${cut(shown(example, maxRunes), room).replace(/[.\s]+$/, '')}${tail}`;
}

function cut(text: string, length: number): string {
  const runes = Array.from(text);
  return runes.length > length ? `${runes.slice(0, length - 1).join('')}…` : text;
}

/** `07:12:03Z`, with its date before it when it is older than a day. */
function timeOf(since: string, now: number): string {
  const seconds = `${since.slice(0, 19)}Z`;
  return now - Date.parse(since) < dayMs ? seconds.slice(11) : seconds;
}
