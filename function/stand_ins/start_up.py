"""Makes importing the SDK cheap, for a cold start; the zip has it, and `users` imports it first.

Nothing of the SDK is missing for it: what is put off here is imported as soon as it is used.
"""

import _sre  # type: ignore[import-not-found] # the part of `re` in C has no types
import encodings.idna  # noqa: F401 - of host names; else the first call imports it, on a part of a core
import gc
import os
import re
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import sdk_facts  # type: ignore[import-not-found] # the build writes it

CERTIFICATES = os.path.join(os.path.dirname(__file__), "certificates")  # noqa: PTH118, PTH120 - pathlib is put off

_lock = threading.Lock()


class LazyModule(ModuleType):
    """Stands for a module until an attribute is asked for that it was not given."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked for by import itself
            raise AttributeError(name)
        value = getattr(_load(self.__name__), name)
        setattr(self, name, value)
        return value


def _load(name: str) -> ModuleType:
    """The module itself; for who imports it from now on, too."""
    with _lock:
        if isinstance(sys.modules.get(name), LazyModule):
            del sys.modules[name]
    return import_module(name)


def _late(module: str, name: str) -> Callable[..., Any]:
    """A function of a module that is imported when it is called."""
    return lambda *args, **kwargs: getattr(_load(module), name)(*args, **kwargs)


# Modules that importing the SDK imports and writing an item does not use. Each with what of it is
# needed at once: for `from ... import` binds it, or a class or a default argument takes it.
LAZY: dict[str, dict[str, Any]] = {
    "ast": {},  # inspect: signatures given as text
    "calendar": {},  # email: dates in messages
    "concurrent.futures": {  # calls that another thread makes and may cancel
        "CancelledError": type("CancelledError", (Exception,), {}),
    },
    "configparser": {},  # ~/.aws, which Lambda does not have
    "dis": {  # inspect: byte code; it takes the flags' names at once
        "COMPILER_FLAG_NAMES": {
            1: "OPTIMIZED",
            2: "NEWLOCALS",
            4: "VARARGS",
            8: "VARKEYWORDS",
            16: "NESTED",
            32: "GENERATOR",
            64: "NOFREE",
            128: "COROUTINE",
            256: "ITERABLE_COROUTINE",
            512: "ASYNC_GENERATOR",
        }
    },
    "email.header": {},  # headers that are not ASCII
    "getpass": {"getpass": _late("getpass", "getpass")},  # MFA codes typed in
    "gzip": {  # compressed requests and model data
        name: _late("gzip", name) for name in ("GzipFile", "compress", "open")
    },
    "jmespath": {},  # waiters, paginators
    "mimetypes": {},  # files in forms
    "pathlib": {"Path": _late("pathlib", "Path")},  # keys of `aws login`
    "platform": {  # five of its facts are in every user agent
        "machine": lambda: os.uname().machine,
        "python_implementation": lambda: "CPython",
        "python_version": lambda: ".".join(map(str, sys.version_info[:3])),
        "release": lambda: os.uname().release,
        "system": lambda: os.uname().sysname,
    },
    "random": {  # waits between attempts, names of temporary files
        "Random": _late("random", "Random"),
        "random": _late("random", "random"),
    },
    "shlex": {},  # command lines in ~/.aws
    "shutil": {},  # tempfile: folders
    "subprocess": {"Popen": _late("subprocess", "Popen")},  # credentials from a command
    "textwrap": {},  # traceback: errors in groups
    "tokenize": {},  # inspect: source code
    "xml.etree.ElementTree": {"ParseError": SyntaxError},  # services that speak XML
    "botocore.eventstream": {  # answers that are streams
        "EventStream": _late("botocore.eventstream", "EventStream"),
        "NoInitialResponseError": type("NoInitialResponseError", (Exception,), {}),
    },
    "botocore.monitoring": {},  # client-side monitoring
    "botocore.paginate": {"Paginator": object},  # get_paginator
    "botocore.retries.adaptive": {},  # the retry mode "adaptive"; ours is "standard"
    "botocore.retryhandler": {},  # the retry mode "legacy"
    "botocore.translate": {},  # the retry mode "legacy"
    "botocore.vendored.six": {},  # Python 2
    "botocore.waiter": {},  # get_waiter
}


def _put_off() -> None:
    for name, attributes in LAZY.items():
        if name in sys.modules:
            continue
        sys.modules[name] = module = LazyModule(name)
        module.__dict__.update(attributes)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(import_module(parent), child, module)


def _reuse_patterns() -> None:
    """Give `re` the SDK's regular expressions as the build compiled them."""
    here = (_sre.MAGIC, _sre.CODESIZE, sys.byteorder)
    if here != sdk_facts.BUILT_FOR or not hasattr(re, "_cache"):
        return  # an update of the runtime may cost time, but must not cost a user
    for pattern, flags, code, *rest in sdk_facts.PATTERNS:
        codes = memoryview(code).cast("I").tolist()
        re._cache[type(pattern), pattern, flags] = _sre.compile(pattern, rest[0], codes, *rest[1:])


def _leave_other_services_out() -> None:
    """Register only the handlers of events that the function's clients can meet."""
    from botocore import handlers

    def is_met(event: str) -> bool:
        kind, *services = event.split(".")
        return kind != "docs" and (not services or services[0] in ("*", *sdk_facts.SERVICE_IDS))

    handlers.BUILTIN_HANDLERS[:] = [
        handler for handler in handlers.BUILTIN_HANDLERS if is_met(handler[0])
    ]


def _look_certificates_up() -> None:
    """Let TLS find its root certificate in a directory instead of reading all of them.

    The roots are the SDK's own; a bundle that was configured is used as ever.
    """
    from botocore.httpsession import DEFAULT_CA_BUNDLE, URLLib3Session

    set_up = URLLib3Session._setup_ssl_cert  # type: ignore[attr-defined] # not in its types

    def set_up_with_directory(self: Any, connections: Any, url: str, verify: Any) -> None:
        set_up(self, connections, url, verify)
        if connections.ca_certs == DEFAULT_CA_BUNDLE:
            connections.ca_certs = None
            connections.ca_cert_dir = CERTIFICATES

    URLLib3Session._setup_ssl_cert = set_up_with_directory  # type: ignore[attr-defined] # as above


# Importing makes many objects and no garbage: do not look for any while it lasts.
gc.set_threshold(200_000)
_put_off()
_reuse_patterns()
_leave_other_services_out()
_look_certificates_up()
