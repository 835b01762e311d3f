import { expect } from 'chai';
import { readSpans, tracesOf } from '../../../traces/span.ts';
import { drawTrace } from '../../../traces/tree.ts';

function exported(service: string, spans: readonly object[]): string {
  const attributes = [{ key: 'service.name', value: { stringValue: service } }];
  return JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] });
}

const span = (
  traceId: string,
  spanId: string,
  parentSpanId: string,
  name: string,
  kind: number,
  start: number,
): object => ({
  traceId,
  spanId,
  parentSpanId,
  name,
  kind,
  startTimeUnixNano: String(start * 1e6),
  endTimeUnixNano: String((start + 5) * 1e6),
});

describe('test/traces', () => {
  const output = [
    '2026-01-01 info starting',
    exported('web', [
      span('t1', 'a', '', 'GET /', 2, 1),
      span('t1', 'b', 'a', 'GET', 3, 2),
      span('t2', 'x', '', 'GET /', 2, 9),
    ]),
    exported('stock', [span('t1', 'c', 'b', 'GET /stock', 2, 3)]),
  ].join('\n');

  it('groups spans by their trace and passes over other lines', () => {
    expect([...tracesOf(readSpans(output))].map(([id, spans]) => [id, spans.length])).to.deep.equal([
      ['t1', 3],
      ['t2', 1],
    ]);
  });

  it('draws parents above their children, across services', () => {
    expect(drawTrace(tracesOf(readSpans(output)).get('t1') ?? [])).to.equal(
      'web  GET / (server)  5.0 ms\n   web  GET (client)  5.0 ms\n      stock  GET /stock (server)  5.0 ms',
    );
  });

  it('draws a span whose parent was never exported as a root', () => {
    expect(drawTrace(readSpans(exported('web', [span('t', 'a', 'gone', 'GET', 2, 1)])))).to.match(/^web/);
  });
});
