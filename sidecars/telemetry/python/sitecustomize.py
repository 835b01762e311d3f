"""Imported by every Python that has this folder on PYTHONPATH; decides whether to trace, and never fails.

Written for Python 2.7 and later, since it is read by whatever Python the container has. It stands in front of a
sitecustomize of the application's own, which it runs afterwards as if it were not there.
"""
import os
import sys


def _say(code, message):
    try:
        sys.stderr.write("remora telemetry: %s: %s\n" % (code, message))
    except Exception:
        pass  # a program with its stderr closed still has to start


def _start():
    environment = os.environ
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return
    if environment.get("OTEL_TRACES_EXPORTER") == "none":
        return
    implementation = getattr(getattr(sys, "implementation", None), "name", "cpython")
    version = ".".join(str(part) for part in sys.version_info[:3])
    if implementation != "cpython" or not (3, 9) <= sys.version_info[:2] <= (3, 13):
        _say("UnsupportedPythonVersion", "%s %s is not instrumented; CPython 3.9 to 3.13 is" % (implementation, version))
        return
    try:
        from remora_telemetry import watch

        watch.start(sys, environment, _say)
    except Exception as failure:
        _say("AgentFailed", "the agent did not start, the program runs without it: %s" % failure)


def _run_shadowed():
    """Runs the sitecustomize that this one hides, under its own name, and lets it fail as it would have."""
    if sys.version_info[0] < 3:
        return
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    here = os.path.dirname(os.path.abspath(__file__))
    rest = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    spec = PathFinder.find_spec("sitecustomize", rest)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


_start()
_run_shadowed()
