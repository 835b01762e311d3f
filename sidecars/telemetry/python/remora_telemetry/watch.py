"""Waits, at the cost of one dictionary look-up for each import, until the application imports what can be traced.

Only then is OpenTelemetry loaded. So a program that imports nothing of the catalog starts as fast as it did, and a
server that forks or patches the standard library first (gevent) has done so before a thread of ours exists.
"""
import os
from importlib.util import find_spec

from . import catalog

LIBRARIES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libraries")


def choose_libraries(version_info):
    """Folder of OpenTelemetry's packages for this Python, and the version of the API among them (requirements-*.txt)."""
    if tuple(version_info[:2]) < (3, 10):
        return os.path.join(LIBRARIES, "3.9"), (1, 41)
    return os.path.join(LIBRARIES, "3.10"), (1, 45)


# Programs that install or check others.
TOOLS = frozenset(["pip", "pip3", "pipenv", "poetry", "uv", "virtualenv", "venv", "ensurepip", "compileall"])


def _is_tool(arguments):
    for index, argument in enumerate(arguments[:3]):
        if index == 0:
            continue
        name = arguments[index + 1] if argument == "-m" and index + 1 < len(arguments) else argument
        if os.path.basename(name).split(".")[0] in TOOLS:
            return True
    return False


class _Loader:
    """The module's own loader, with something to do after the module was executed."""

    def __init__(self, loader, after):
        self._loader = loader
        self._after = after

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        # The module keeps the loader that it would have had.
        module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._after()


class _Finder:
    """First on sys.meta_path; hands everything on, and wraps the loader of the modules that it waits for."""

    def __init__(self, entries, activate):
        self._entries = entries
        self._activate = activate

    def find_spec(self, name, path=None, target=None):
        entries = self._entries.pop(name, None)
        if entries is None:
            return None
        spec = find_spec(name)
        if spec is None or not hasattr(spec.loader, "exec_module"):
            return spec
        spec.loader = _Loader(spec.loader, lambda: self._activate(entries))
        return spec


def start(system, environment, say):
    """Starts waiting. `say(code, message)` writes the one coded line that the agent may write."""
    if _is_tool(getattr(system, "orig_argv", None) or []):
        return
    entries = catalog.entries_by_module(environment)
    state = {"enabled": None}

    def activate(instrumentors):
        try:
            if state["enabled"] is None:
                state["enabled"] = _enable(system, environment, say)
            if state["enabled"]:
                from . import tracing

                for instrumentor in instrumentors:
                    tracing.instrument(instrumentor, say)
        except Exception as failure:
            state["enabled"] = False
            say("AgentFailed", "the program runs without telemetry: %s" % failure)

    system.meta_path.insert(0, _Finder(entries, activate))


def _enable(system, environment, say):
    """Loads OpenTelemetry behind the application's own packages; False when the application has its own."""
    from . import conflicts

    protocol = environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environment.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    if protocol and protocol != "http/protobuf":
        say("UnsupportedProtocol", 'OTLP over "%s" is not in this agent; http/protobuf is' % protocol)
        return False
    libraries, api = choose_libraries(system.version_info)
    conflict = conflicts.find_conflict(api)
    if conflict is not None:
        say(*conflict)
        return False
    system.path.append(libraries)
    from . import tracing

    tracing.start(environment)
    return True
