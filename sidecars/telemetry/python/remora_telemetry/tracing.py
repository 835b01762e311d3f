"""Tracing by the OTEL_* variables of the OpenTelemetry specification, with the SDK and our exporter."""
from importlib import import_module

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from .exporter import OtlpHttpExporter

# Python dies of SIGTERM without running anything unless the program handles it, so little is held back.
_DELAY_MS = 1000


def start(environment):
    """Sets the global tracer provider. Sampler, limits and propagators are read by OpenTelemetry itself."""
    resource = Resource.create({"telemetry.distro.name": "remora"})
    provider = TracerProvider(resource=resource)
    delay = None if environment.get("OTEL_BSP_SCHEDULE_DELAY") else _DELAY_MS
    provider.add_span_processor(BatchSpanProcessor(OtlpHttpExporter(environment), schedule_delay_millis=delay))
    trace.set_tracer_provider(provider)


def instrument(entry, say):
    """Lets one instrumentor patch the library that was just imported."""
    name, module, class_name = entry
    try:
        instrumentor = getattr(import_module(module), class_name)()
        instrumentor.instrument(skip_dep_check=False, raise_exception_on_conflict=False)
    except Exception as failure:
        say("InstrumentationFailed", "%s is not traced: %s" % (name, failure))
