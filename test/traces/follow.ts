import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readSpans, tracesOf } from './span.ts';
import type { Span } from './span.ts';

export interface Followed {
  /** kubectl with the words that choose the cluster. */
  readonly kubectl: readonly string[];
  /** Where the collector runs. */
  readonly namespace: string;
  readonly deadlineMs: number;
  /** Whether this is the trace that is waited for; asked again whenever a trace grew. */
  readonly isRight: (spans: readonly Span[]) => boolean;
}

/**
 * Reads the collector's output as it comes until a trace is right. Resolves with it, or with undefined at the
 * deadline.
 */
export async function followTraces({
  kubectl,
  namespace,
  deadlineMs,
  isRight,
}: Followed): Promise<readonly Span[] | undefined> {
  const [program = '', ...words] = kubectl;
  const child = spawn(program, [...words, '-n', namespace, 'logs', '-f', '--tail=-1', 'deployment/remora-collector'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const deadline = setTimeout(() => child.kill(), deadlineMs);
  let spans: readonly Span[] = [];
  try {
    for await (const line of createInterface(child.stdout)) {
      const fresh = readSpans(line);
      spans = [...spans, ...fresh];
      const grown = new Set(fresh.map(({ traceId }) => traceId));
      const found = [...tracesOf(spans)].find(([traceId, trace]) => grown.has(traceId) && isRight(trace));
      if (found !== undefined) return found[1];
    }
    return undefined;
  } finally {
    clearTimeout(deadline);
    child.kill();
  }
}
