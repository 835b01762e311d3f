import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const agent = join(import.meta.dirname, '../../../../../sidecars/telemetry/python');
const base = { PATH: process.env['PATH'], HOME: process.env['HOME'], PYTHONDONTWRITEBYTECODE: '1' };

function python(script: string, environment: Record<string, string> = {}): { stdout: string; stderr: string } {
  const found = spawnSync('python3', ['-c', script], {
    encoding: 'utf8',
    env: { ...base, PYTHONPATH: agent, ...environment },
  });
  expect(found.status, found.stderr).to.equal(0);
  return found;
}

describe('the Python agent', function () {
  this.timeout(20_000);

  it('loads nothing, and says nothing, until something that can be traced is imported', () => {
    const { stdout, stderr } = python(
      'import sys, json; print([n for n in sys.modules if n.startswith("opentelemetry")])',
    );
    expect(stdout.trim()).to.equal('[]');
    expect(stderr).to.equal('');
  });

  it('runs the sitecustomize that it hides, under its own name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'remora-site-'));
    try {
      await writeFile(join(folder, 'sitecustomize.py'), 'own = 42\n');
      const { stdout } = python('import sitecustomize; print(sitecustomize.own)', { PYTHONPATH: `${agent}:${folder}` });
      expect(stdout.trim()).to.equal('42');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('stays away where telemetry is off', () => {
    for (const environment of [{ OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }]) {
      const { stdout } = python('import sys; print("remora_telemetry" in sys.modules)', environment);
      expect(stdout.trim()).to.equal('False');
    }
  });

  it('leaves an unsupported Python with one coded line', () => {
    const script = `import sys, runpy\nsys.version_info = (3, 8, 18)\nrunpy.run_path(${JSON.stringify(join(agent, 'sitecustomize.py'))})`;
    const found = spawnSync('python3', ['-S', '-c', script], { encoding: 'utf8', env: base });
    expect(found.stderr).to.match(/^remora telemetry: UnsupportedPythonVersion: cpython 3\.8\.18 .*\n$/);
  });

  it('leaves with a code where the application brings a tracer, or a library that it cannot share', () => {
    const applications: readonly (readonly [Record<string, string>, string])[] = [
      [{}, 'None'],
      [{ ddtrace: '2.1' }, 'OwnTelemetry'],
      [{ 'opentelemetry-sdk': '1.45.1' }, 'OwnTelemetry'],
      [{ 'opentelemetry-api': '1.44.0' }, 'ConflictingLibrary'],
      [{ 'opentelemetry-api': '1.45.2', wrapt: '1.17.3' }, 'None'],
      [{ wrapt: '3.0.0rc1' }, 'ConflictingLibrary'],
    ];
    const packages = JSON.stringify(applications.map(([installed]) => installed));
    const { stdout } = python(`
from remora_telemetry.conflicts import find_conflict
for installed in ${packages}:
    conflict = find_conflict((1, 45), installed.get)
    print(conflict and conflict[0])
`);
    expect(stdout.trim().split('\n')).to.deep.equal(applications.map(([, code]) => code));
  });

  it('reads the exporter variables as the specification says', () => {
    const script = `
import sys, types
for name in ("opentelemetry", "opentelemetry.context", "opentelemetry.sdk", "opentelemetry.sdk.trace", "opentelemetry.sdk.trace.export"):
    sys.modules[name] = types.ModuleType(name)
context = sys.modules["opentelemetry.context"]
context._SUPPRESS_INSTRUMENTATION_KEY = context.attach = context.detach = context.set_value = None
export = sys.modules["opentelemetry.sdk.trace.export"]
export.SpanExporter, export.SpanExportResult = object, None
from remora_telemetry.exporter import read_headers, read_url
print(read_url({}))
print(read_url({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/"}))
print(read_url({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t/x"}))
print(read_headers({"OTEL_EXPORTER_OTLP_HEADERS": "a=1, b=x%20y,=z,c"}))
`;
    expect(python(script).stdout.trim().split('\n')).to.deep.equal([
      'http://localhost:4318/v1/traces',
      'http://c:4318/v1/traces',
      'http://t/x',
      "{'a': '1', 'b': 'x y'}",
    ]);
  });

  it('encodes spans to the bytes that the JavaScript exporter writes', () => {
    const script = `
from types import SimpleNamespace as N
from remora_telemetry.protobuf import encode_spans
state = N(to_header=lambda: "a=b")
context = N(trace_id=0x0af7651916cd43dd8448eb211c80319c, span_id=0xb7ad6b7169203331, trace_state=state, trace_flags=1, is_remote=False)
parent = N(span_id=0x00f067aa0ba902b7, is_remote=True)
attributes = {"text": "é", "yes": True, "count": 300, "negative": -1, "ratio": 0.5, "list": ["a", "b"]}
span = N(context=context, parent=parent, name="GET /", kind=N(value=1), start_time=1700000000000000001, end_time=1700000001000000002,
  attributes=attributes, dropped_attributes=2, events=[N(timestamp=1700000000500000000, name="e", attributes={"k": "v"})],
  links=[N(context=context, attributes={})], status=N(description="bad", status_code=N(value=2)),
  resource=N(attributes={"service.name": "shop"}), instrumentation_scope=None)
span.instrumentation_scope = ("scope",)
import remora_telemetry.protobuf as p
p._scope = lambda scope: p._text(1, "scope") + p._text(2, "1.0")
print(encode_spans([span]).hex())
`;
    const hex = execFileSync('python3', ['-c', script], {
      encoding: 'utf8',
      env: { ...base, PYTHONPATH: agent },
    }).trim();
    const context = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
      isRemote: false,
      traceState: { serialize: () => 'a=b' },
    };
    const span = {
      name: 'GET /',
      kind: 1,
      spanContext: () => context,
      parentSpanContext: { traceId: context.traceId, spanId: '00f067aa0ba902b7', traceFlags: 1, isRemote: true },
      startTime: [1700000000, 1],
      endTime: [1700000001, 2],
      status: { code: 2, message: 'bad' },
      attributes: { text: 'é', yes: true, count: 300, negative: -1, ratio: 0.5, list: ['a', 'b'] },
      links: [{ context, attributes: {} }],
      events: [{ time: [1700000000, 500000000], name: 'e', attributes: { k: 'v' } }],
      resource: resourceFromAttributes({ 'service.name': 'shop' }),
      instrumentationScope: { name: 'scope', version: '1.0' },
      droppedAttributesCount: 2,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    } as unknown as ReadableSpan;
    const expected = Buffer.from(ProtobufTraceSerializer.serializeRequest([span]) ?? new Uint8Array());
    expect(fields(Buffer.from(hex, 'hex'))).to.deep.equal(fields(expected));
  });
});

/** A protobuf message as lines of path and value, without what is zero or empty: writing those is a matter of taste. */
function fields(bytes: Buffer, path = ''): readonly string[] {
  const lines: string[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const name = `${path}.${key >> 3}`;
    const kind = key & 7;
    if (kind === 0) lines.push(`${name}=${varint()}`);
    else if (kind === 1) lines.push(`${name}=${bytes.readBigUInt64LE((at += 8) - 8)}`);
    else if (kind === 5) lines.push(`${name}=${bytes.readUInt32LE((at += 4) - 4)}`);
    else if (kind === 2) {
      const length = Number(varint());
      const inner = bytes.subarray(at, (at += length));
      if (messages.test(name)) lines.push(`${name}{`, ...fields(inner, name), `${name}}`);
      else lines.push(`${name}=${inner.toString('hex')}`);
    } else throw new Error(`wire type ${kind} at ${at}`);
  }
  return lines.filter((line) => !/=0?$/.test(line));
}

/** Fields of an ExportTraceServiceRequest that are messages themselves: resources, scopes, spans, and what they hold. */
const messages =
  /^\.1(?:\.1|\.2|\.2\.1|\.2\.2|\.2\.2\.(?:11|13|15)|\.(?:1\.1|2\.2\.(?:9|11\.3|13\.4))(?:\.2(?:\.5(?:\.1)?)?)?)?$/;
