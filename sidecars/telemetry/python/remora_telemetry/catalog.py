"""What is instrumented: module whose import makes it worth having -> (name, instrumentor's module, class)."""

_PREFIX = "opentelemetry.instrumentation."


def _entry(name, class_name):
    return (name, _PREFIX + name.replace("-", "_"), class_name)


# Names are those of OTEL_PYTHON_DISABLED_INSTRUMENTATIONS, which are the packages' entry points.
CATALOG = {
    "aiohttp.client": _entry("aiohttp-client", "AioHttpClientInstrumentor"),
    "aiohttp.web": _entry("aiohttp-server", "AioHttpServerInstrumentor"),
    "asyncpg": _entry("asyncpg", "AsyncPGInstrumentor"),
    "botocore.client": _entry("botocore", "BotocoreInstrumentor"),
    "celery": _entry("celery", "CeleryInstrumentor"),
    "django.conf": _entry("django", "DjangoInstrumentor"),
    "falcon": _entry("falcon", "FalconInstrumentor"),
    "fastapi": _entry("fastapi", "FastAPIInstrumentor"),
    "flask": _entry("flask", "FlaskInstrumentor"),
    "httpx": _entry("httpx", "HTTPXClientInstrumentor"),
    "MySQLdb": _entry("mysqlclient", "MySQLClientInstrumentor"),
    "pika": _entry("pika", "PikaInstrumentor"),
    "psycopg": _entry("psycopg", "PsycopgInstrumentor"),
    "psycopg2": _entry("psycopg2", "Psycopg2Instrumentor"),
    "pymongo": _entry("pymongo", "PymongoInstrumentor"),
    "pymysql": _entry("pymysql", "PyMySQLInstrumentor"),
    "redis": _entry("redis", "RedisInstrumentor"),
    "requests": _entry("requests", "RequestsInstrumentor"),
    "sqlalchemy": _entry("sqlalchemy", "SQLAlchemyInstrumentor"),
    "starlette.applications": _entry("starlette", "StarletteInstrumentor"),
    "tornado.web": _entry("tornado", "TornadoInstrumentor"),
    "urllib.request": _entry("urllib", "URLLibInstrumentor"),
    "urllib3": _entry("urllib3", "URLLib3Instrumentor"),
}

# gRPC has an instrumentor for each of its sides in one package; both come with the one module.
GRPC = (
    ("grpc_client", _PREFIX + "grpc", "GrpcInstrumentorClient"),
    ("grpc_server", _PREFIX + "grpc", "GrpcInstrumentorServer"),
    ("grpc_aio_client", _PREFIX + "grpc", "GrpcAioInstrumentorClient"),
    ("grpc_aio_server", _PREFIX + "grpc", "GrpcAioInstrumentorServer"),
)


def entries_by_module(environment):
    """Entries of each module, without those that OTEL_PYTHON_DISABLED_INSTRUMENTATIONS names."""
    disabled = {name.strip() for name in environment.get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "").split(",")}
    if "*" in disabled:
        return {}
    modules = {module: (entry,) for module, entry in CATALOG.items()}
    modules["grpc"] = GRPC
    chosen = {
        module: tuple(entry for entry in entries if entry[0] not in disabled) for module, entries in modules.items()
    }
    return {module: entries for module, entries in chosen.items() if entries}
