"""The protobuf encoding of an OTLP ExportTraceServiceRequest, and of nothing else.

Field numbers are those of opentelemetry-proto 1.9 (trace/v1/trace.proto, common/v1/common.proto); the wire format is
https://protobuf.dev/programming-guides/encoding/. It spares the application a protobuf runtime of ours beside its own.
"""
from struct import pack

_VARINT = 0
_FIXED64 = 1
_LENGTH = 2
_FIXED32 = 5


def _varint(value):
    value &= 0xFFFFFFFFFFFFFFFF
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _key(field, kind):
    return _varint(field << 3 | kind)


def _bytes(field, value):
    return _key(field, _LENGTH) + _varint(len(value)) + value


def _text(field, value):
    return _bytes(field, value.encode("utf-8", "replace")) if value else b""


def _integer(field, value):
    return _key(field, _VARINT) + _varint(value) if value else b""


def _time(field, nanoseconds):
    return _key(field, _FIXED64) + pack("<Q", nanoseconds) if nanoseconds else b""


def _flags(field, value):
    return _key(field, _FIXED32) + pack("<I", value)


def _any_value(value):
    if isinstance(value, bool):
        return _key(2, _VARINT) + _varint(int(value))
    if isinstance(value, str):
        return _bytes(1, value.encode("utf-8", "replace"))
    if isinstance(value, int):
        return _key(3, _VARINT) + _varint(value)
    if isinstance(value, float):
        return _key(4, _FIXED64) + pack("<d", value)
    if isinstance(value, bytes):
        return _bytes(7, value)
    if isinstance(value, (list, tuple)):
        return _bytes(5, b"".join(_bytes(1, _any_value(item)) for item in value))
    if value is None:
        return b""
    return _bytes(1, str(value).encode("utf-8", "replace"))


def _attributes(field, attributes):
    pairs = attributes.items() if attributes else ()
    return b"".join(_bytes(field, _text(1, key) + _bytes(2, _any_value(value))) for key, value in pairs)


def _span_flags(context, is_remote):
    # Bits 8 and 9 say whether the other span's remoteness is known, and what it is (SpanFlags).
    return int(context.trace_flags) | 0x100 | (0x200 if is_remote else 0)


def _event(event):
    return _time(1, event.timestamp) + _text(2, event.name) + _attributes(3, event.attributes)


def _link(link):
    context = link.context
    return (
        _bytes(1, context.trace_id.to_bytes(16, "big"))
        + _bytes(2, context.span_id.to_bytes(8, "big"))
        + _text(3, context.trace_state.to_header() if context.trace_state else "")
        + _attributes(4, link.attributes)
        + _flags(6, _span_flags(context, context.is_remote))
    )


def _span(span):
    context = span.context
    parent = span.parent
    status = _text(2, span.status.description or "") + _integer(3, span.status.status_code.value)
    return b"".join(
        (
            _bytes(1, context.trace_id.to_bytes(16, "big")),
            _bytes(2, context.span_id.to_bytes(8, "big")),
            _text(3, context.trace_state.to_header() if context.trace_state else ""),
            _bytes(4, parent.span_id.to_bytes(8, "big")) if parent else b"",
            _text(5, span.name),
            _integer(6, span.kind.value + 1),
            _time(7, span.start_time),
            _time(8, span.end_time),
            _attributes(9, span.attributes),
            _integer(10, span.dropped_attributes),
            b"".join(_bytes(11, _event(event)) for event in span.events),
            b"".join(_bytes(13, _link(link)) for link in span.links),
            _bytes(15, status) if status else b"",
            _flags(16, _span_flags(context, parent is not None and parent.is_remote)),
        )
    )


def _scope(scope):
    return _text(1, scope.name) + _text(2, scope.version or "") if scope else b""


def encode_spans(spans):
    """Bytes of one ExportTraceServiceRequest with these finished spans, grouped by resource and scope."""
    by_resource = {}
    for span in spans:
        _, scopes = by_resource.setdefault(id(span.resource), (span.resource, {}))
        scopes.setdefault(span.instrumentation_scope, []).append(span)
    request = b""
    for resource, scopes in by_resource.values():
        body = _bytes(1, _attributes(1, resource.attributes))
        for scope, members in scopes.items():
            body += _bytes(2, _bytes(1, _scope(scope)) + b"".join(_bytes(2, _span(span)) for span in members))
        request += _bytes(1, body)
    return request
