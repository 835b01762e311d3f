/** One span, as the collector's file exporter writes it (OTLP JSON, one export request per line). */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** OTLP SpanKind: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: ReadonlyMap<string, string>;
  /** Attributes of the resource that sent it; `service.name` among them. */
  readonly resource: ReadonlyMap<string, string>;
}

interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: string | number;
  readonly boolValue?: boolean;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly OtlpValue[] };
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

interface OtlpRequest {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly OtlpAttribute[] };
    readonly scopeSpans?: readonly {
      readonly spans?: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly kind?: number;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly attributes?: readonly OtlpAttribute[];
      }[];
    }[];
  }[];
}

function text(value: OtlpValue): string {
  const scalar = value.stringValue ?? value.intValue ?? value.boolValue ?? value.doubleValue;
  return scalar === undefined ? (value.arrayValue?.values ?? []).map(text).join(',') : String(scalar);
}

function attributes(list: readonly OtlpAttribute[] = []): ReadonlyMap<string, string> {
  return new Map(list.map(({ key, value }) => [key, text(value)]));
}

/** Reads every span from a collector's output; lines that are something else (its own log) are passed over. */
export function readSpans(output: string): readonly Span[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{"resourceSpans"'))
    .flatMap((line) => (JSON.parse(line) as OtlpRequest).resourceSpans ?? [])
    .flatMap(({ resource, scopeSpans = [] }) => {
      const resourceAttributes = attributes(resource?.attributes);
      return scopeSpans
        .flatMap(({ spans = [] }) => spans)
        .map((span) => ({
          traceId: span.traceId,
          spanId: span.spanId,
          parentSpanId: span.parentSpanId ?? '',
          name: span.name,
          kind: span.kind ?? 0,
          startNs: BigInt(span.startTimeUnixNano),
          endNs: BigInt(span.endTimeUnixNano),
          attributes: attributes(span.attributes),
          resource: resourceAttributes,
        }));
    });
}

/** The service that made a span. */
export function serviceOf(span: Span): string {
  return span.resource.get('service.name') ?? 'unknown';
}

/** Spans by their trace. */
export function tracesOf(spans: readonly Span[]): ReadonlyMap<string, readonly Span[]> {
  return Map.groupBy(spans, ({ traceId }) => traceId);
}
