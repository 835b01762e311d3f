"""Sends spans as OTLP over HTTP with protobuf, by the OTEL_EXPORTER_OTLP_* variables of the specification.

Uses http.client, which no instrumentation patches and every Python has.
"""
import gzip
import http.client
import ssl
import threading
from urllib.parse import unquote, urlsplit

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, detach, set_value
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from .protobuf import encode_spans

# Answers after which the specification has a client try again (OTLP/HTTP, "Failures").
_RETRIABLE = frozenset((429, 502, 503, 504))
_ATTEMPTS = 4


def _read(environment, name, default):
    return environment.get("OTEL_EXPORTER_OTLP_TRACES_" + name) or environment.get("OTEL_EXPORTER_OTLP_" + name, default)


def read_url(environment):
    """The traces' own endpoint as it is, or the common one with /v1/traces after it."""
    own = environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    if own:
        return own
    base = environment.get("OTEL_EXPORTER_OTLP_ENDPOINT") or "http://localhost:4318"
    return base.rstrip("/") + "/v1/traces"


def read_headers(environment):
    """`name=value` pairs with commas between, values percent-encoded as in W3C baggage."""
    headers = {}
    for pair in _read(environment, "HEADERS", "").split(","):
        name, found, value = pair.partition("=")
        if found and name.strip():
            headers[name.strip()] = unquote(value.strip())
    return headers


class OtlpHttpExporter(SpanExporter):
    """Blocks the batch processor's own thread, never the application's."""

    def __init__(self, environment):
        self._url = urlsplit(read_url(environment))
        self._headers = {"Content-Type": "application/x-protobuf", **read_headers(environment)}
        self._gzip = _read(environment, "COMPRESSION", "none") == "gzip"
        if self._gzip:
            self._headers["Content-Encoding"] = "gzip"
        self._timeout = float(_read(environment, "TIMEOUT", "10000")) / 1000
        self._certificate = _read(environment, "CERTIFICATE", None)
        self._stopped = threading.Event()

    def export(self, spans):
        token = attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        try:
            body = encode_spans(spans)
            return self._send(gzip.compress(body) if self._gzip else body)
        finally:
            detach(token)

    def _send(self, body):
        for attempt in range(_ATTEMPTS):
            try:
                status = self._post(body)
            except (OSError, http.client.HTTPException):
                status = 503
            if status < 300:
                return SpanExportResult.SUCCESS
            if status not in _RETRIABLE or self._stopped.wait(0.5 * 2**attempt):
                break
        return SpanExportResult.FAILURE

    def _post(self, body):
        connection = self._connect()
        try:
            connection.request("POST", self._url.path or "/", body, self._headers)
            response = connection.getresponse()
            response.read()
            return response.status
        finally:
            connection.close()

    def _connect(self):
        host = self._url.hostname or "localhost"
        if self._url.scheme == "https":
            context = ssl.create_default_context(cafile=self._certificate)
            return http.client.HTTPSConnection(host, self._url.port or 443, timeout=self._timeout, context=context)
        return http.client.HTTPConnection(host, self._url.port or 80, timeout=self._timeout)

    def shutdown(self):
        self._stopped.set()
