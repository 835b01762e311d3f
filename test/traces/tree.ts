import { serviceOf } from './span.ts';
import type { Span } from './span.ts';

const kinds = ['', '', 'server', 'client', 'producer', 'consumer'];

function line(span: Span, indent: string): string {
  const ms = (Number(span.endNs - span.startNs) / 1e6).toFixed(1);
  const kind = kinds[span.kind] ?? '';
  return `${indent}${serviceOf(span)}  ${span.name}${kind === '' ? '' : ` (${kind})`}  ${ms} ms`;
}

/** Draws one trace as an indented tree, one line a span, in order of time. A span whose parent is not there is a root. */
export function drawTrace(spans: readonly Span[]): string {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const children = Map.groupBy(spans, ({ parentSpanId }) => (known.has(parentSpanId) ? parentSpanId : ''));
  const draw = (parent: string, depth: number): readonly string[] =>
    (children.get(parent) ?? [])
      .toSorted((left, right) => (left.startNs < right.startNs ? -1 : 1))
      .flatMap((span) => [line(span, '   '.repeat(depth)), ...draw(span.spanId, depth + 1)]);
  return draw('', 0).join('\n');
}
