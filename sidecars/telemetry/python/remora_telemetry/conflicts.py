"""Whether the application brings libraries that the agent cannot share with it.

The agent's own libraries stand at the end of sys.path, so where the application has the same package, its version is
used by both. Here is what the agent can live with.
"""
from importlib import metadata

# Package -> lowest version that the agent's other packages take (their Requires-Dist), and the first that is too new.
SHARED = {
    "asgiref": ((3, 0), (4,)),
    "importlib-metadata": ((6, 0), (9,)),
    "packaging": ((18, 0), None),
    "typing-extensions": ((4, 5), None),
    "wrapt": ((1, 0), (3,)),
}

# Packages that trace on their own.
TRACERS = (
    "opentelemetry-sdk",
    "opentelemetry-distro",
    "ddtrace",
    "newrelic",
    "elastic-apm",
)


def _numbers(version):
    numbers = []
    for part in version.split("."):
        digits = "".join(character for character in part if character.isdigit())
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)


def _installed(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def find_conflict(api, installed=_installed):
    """The first (code, message) that speaks against tracing this application, or None.

    `api` is the version of opentelemetry-api that our SDK is made for. Libraries (FastAPI) bring the API without a
    tracer behind it; the SDK reads names of it that older ones lack. `installed` answers a package's version among
    the application's own packages, or None.
    """
    for name in TRACERS:
        version = installed(name)
        if version is not None:
            return "OwnTelemetry", "the application brings %s %s" % (name, version)
    for name, (lowest, too_new) in {**SHARED, "opentelemetry-api": (api, (2,))}.items():
        version = installed(name)
        if version is None:
            continue
        numbers = _numbers(version)
        if numbers < lowest or (too_new is not None and numbers >= too_new):
            return "ConflictingLibrary", "the application brings %s %s, which the agent cannot use" % (name, version)
    return None
