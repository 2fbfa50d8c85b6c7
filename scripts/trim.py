"""What the package has of the SDK: botocore (boto3's core) and what that needs."""

import gzip
import json
import re
import shutil
import sys
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.certificates import write_directory

# The operations that the functions call. Add one here before a function uses it.
SERVICES = {
    "dynamodb": ("PutItem",),
    "cognito-idp": ("ListUsers",),
}

# Files that are left out, each with the reason. What is merely imported late is in
# function/stand_ins/start_up.py.
LEFT_OUT = {
    "*.dist-info/**": "facts for installers",
    "**/py.typed": "types, for checkers",
    "bin/**": "commands for a terminal",
    "botocore/cacert.pem": "its certificates are in certificates/, one a file",
    "botocore/crt/auth.py": "signs with AWS's native library, which is not in the zip",
    "botocore/data/**/examples-1.json": "examples for documentation",
    "botocore/data/**/paginators-1*.json": "paginators, not used",
    "botocore/data/**/waiters-2.json": "waiters, not used",
    "botocore/docs/**": "documentation of clients; stand-ins have the names that are imported",
    "botocore/stub.py": "answers made up by tests",
    "dateutil/**": "stand-ins parse and make the few times that the SDK needs",
    "six.py": "Python 2, for dateutil",
    "urllib3/contrib/**": "browsers, SOCKS proxies and pyOpenSSL, which are not in the zip",
    "urllib3/http2/__init__.py": "HTTP/2, not used; a stand-in has the name",
    "urllib3/http2/connection.py": "HTTP/2, not used",
}


class StaleError(Exception):
    """A list above names something that the SDK no longer has; the message says what."""


def trim(tree: Path, stand_ins: Path) -> None:
    """Leave out of the SDK in `tree` what is not needed, and lay the stand-ins over it.

    Raises StaleError.
    """
    write_directory((tree / "botocore" / "cacert.pem").read_text("utf-8"), tree / "certificates")
    _trim_data(tree / "botocore" / "data")
    _remove(tree)
    for source in sorted(stand_ins.rglob("*.py")):
        copy = tree / source.relative_to(stand_ins)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
    write_facts(tree, ())


def write_facts(tree: Path, patterns: Iterable[tuple[str | bytes, int]]) -> None:
    """Write down for start_up.py the services, and the SDK's patterns as `re` compiles them."""
    import _sre  # type: ignore[import-not-found] # the part of `re` in C has no types

    entries = []
    for pattern, flags in patterns:
        parsed = re._parser.parse(pattern, flags)  # type: ignore[attr-defined] # what re.compile does
        code = array("I", re._compiler._code(parsed, flags)).tobytes()  # type: ignore[attr-defined] # as above
        names = {index: name for name, index in parsed.state.groupdict.items()}
        indexes = tuple(names.get(index) for index in range(parsed.state.groups))
        all_flags = int(flags | parsed.state.flags)
        groups = (parsed.state.groups - 1, parsed.state.groupdict, indexes)
        entries.append((pattern, flags, code, all_flags, *groups))
    facts = {
        "BUILT_FOR": (_sre.MAGIC, _sre.CODESIZE, sys.byteorder),
        "PATTERNS": tuple(entries),
        "SERVICE_IDS": _service_ids(tree / "botocore" / "data"),
    }
    lines = (f"{name} = {value!r}\n" for name, value in facts.items())
    (tree / "sdk_facts.py").write_text("".join(lines), "utf-8")


def _service_ids(data: Path) -> tuple[str, ...]:
    """What the services are called in the names of the SDK's events."""
    models = (json.loads(path.read_text("utf-8")) for path in sorted(data.rglob("service-2.json")))
    return tuple(model["metadata"]["serviceId"].replace(" ", "-").lower() for model in models)


def _trim_data(data: Path) -> None:
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)
    for path in sorted(data.rglob("*.json.gz")):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    for service, operations in SERVICES.items():
        models = list((data / service).rglob("service-2.json"))
        if not models:
            raise StaleError(f"botocore has no service {service}, which SERVICES names.")
        for path in models:
            _rewrite(path, _trim_model(json.loads(path.read_text("utf-8")), service, operations))
        for path in (data / service).rglob("endpoint-rule-set-1.json"):
            _rewrite(path, _without_documentation(json.loads(path.read_text("utf-8"))))
    endpoints = json.loads((data / "endpoints.json").read_text("utf-8"))
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in SERVICES if name in services}
        partition["regions"] = {name: {} for name in partition["regions"]}
    _rewrite(data / "endpoints.json", endpoints)


def _trim_model(model: Any, service: str, operations: Iterable[str]) -> Any:
    """The service model with just `operations` and the shapes that they use."""
    missing = set(operations) - model["operations"].keys()
    if missing:
        raise StaleError(f"{service} has no operation {min(missing)}, which SERVICES names.")
    model["operations"] = {name: model["operations"][name] for name in operations}
    used: dict[str, Any] = {}
    pending = [model["operations"]]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            shape = value.get("shape")
            if isinstance(shape, str) and shape not in used:
                used[shape] = model["shapes"][shape]
                pending.append(used[shape])
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    model["shapes"] = {name: shape for name, shape in model["shapes"].items() if name in used}
    return _without_documentation(model)


def _without_documentation(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _without_documentation(entry)
            for name, entry in value.items()
            # A member of a shape may have the name; its entry is no text.
            if not (name == "documentation" and isinstance(entry, str))
        }
    if isinstance(value, list):
        return list(map(_without_documentation, value))
    return value


def _rewrite(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")), "utf-8")


def _remove(tree: Path) -> None:
    files = {path: path.relative_to(tree) for path in tree.rglob("*") if path.is_file()}
    for pattern in LEFT_OUT:
        matching = [path for path, relative in files.items() if relative.full_match(pattern)]
        if not matching:
            raise StaleError(f"{pattern}, which LEFT_OUT names, matches nothing: take it out.")
        for path in matching:
            path.unlink(missing_ok=True)
