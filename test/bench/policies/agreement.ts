import { Agent } from 'undici';
import type { Side } from '../measure.ts';

interface Answer {
  readonly allowed: boolean;
  /** `[title] message` of each violation, sorted. */
  readonly violations: readonly string[];
  readonly warnings: readonly string[];
}

/** Asks both sides about the same bodies, so that the figures are of servers that do the same work. */
export interface Asker extends AsyncDisposable {
  /** What both say to each body; where they differ, how. */
  ask(sides: readonly Side[], body: string): Promise<readonly Answer[]>;
}

export function createAsker(ca: string): Asker {
  const agent = new Agent({ connect: { ca, servername: 'test' } });
  const ask = async ({ port, path }: Side, body: string): Promise<Answer> => {
    const origin = `https://127.0.0.1:${port}`;
    const headers = { 'content-type': 'application/json' };
    const answered = await agent.request({ origin, path, method: 'POST', headers, body });
    return answerOf(await answered.body.json());
  };
  return {
    ask: async (sides, body) => Promise.all(sides.map((side) => ask(side, body))),
    [Symbol.asyncDispose]: async () => agent.close(),
  };
}

function answerOf(review: unknown): Answer {
  const { response } = review as {
    response: { allowed: boolean; status?: { message?: string }; warnings?: readonly string[] };
  };
  // Ours closes with how to see the policy, theirs does not.
  const lines = (response.status?.message ?? '').split('\n').filter((line) => line.startsWith('['));
  return { allowed: response.allowed, violations: lines.sort(), warnings: response.warnings ?? [] };
}

/** Violations that one refusal of ours lists (webhook/policy/answer); theirs lists them all. */
const listed = 20;

/** What differs between the answers of ours and theirs; undefined when nothing does. */
export function difference([ours, theirs]: readonly Answer[]): string | undefined {
  const isSame =
    ours?.allowed === theirs?.allowed &&
    ours?.violations.length === Math.min(listed, theirs?.violations.length ?? 0) &&
    ours.violations.every((line) => theirs?.violations.includes(line));
  return isSame ? undefined : `ours ${JSON.stringify(ours)}, theirs ${JSON.stringify(theirs)}`;
}

/** How many policies an answer names. */
export function policiesIn(answer: Answer | undefined): number {
  return new Set(answer?.violations.map((line) => line.slice(0, line.indexOf(']')))).size;
}
