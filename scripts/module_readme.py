"""Writes the inputs and outputs of Terraform's modules into their README files.

    make docs

What is above the marker in a README is written by hand; what is below is written from the
module's variables.tf and outputs.tf, so that both say the same.
"""

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hcl2
from hcl2.utils import SerializationOptions
from lark.exceptions import LarkError

from scripts.local.local_aws import ROOT

MODULES = ROOT / "terraform" / "modules"
MARKER = "<!-- From here on written by `make docs`: change the descriptions in *.tf instead. -->"

_HEREDOC = re.compile(r"<<-?(\w+)\n(.*)\n\s*\1", re.DOTALL)


class ReadmeError(Exception):
    """A README cannot be made; the text says why and what to do."""


def readme(module: Path) -> str:
    """The README of a module as it should be. Raises ReadmeError for one without the marker."""
    path = module / "README.md"
    head, marker, _ = (path.read_text() if path.is_file() else "").partition(MARKER)
    if not marker:
        raise ReadmeError(
            f"{_shown(path)} is not there or has lost its marker. Say in it what the module is and "
            f"how it is used; then, in a line of its own:\n{MARKER}"
        )
    variables = dict(_blocks(module / "variables.tf", "variable"))
    required = {name: body for name, body in variables.items() if "default" not in body}
    optional = {name: body for name, body in variables.items() if "default" in body}
    tables = (
        ("Required inputs", _inputs(required)),
        ("Optional inputs", _inputs(optional)),
        ("Outputs", _outputs(dict(_blocks(module / "outputs.tf", "output")))),
    )
    sections = [f"## {title}\n\n{table}" for title, table in tables if table]
    return "\n\n".join([head + MARKER, *sections]) + "\n"


def _blocks(path: Path, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The blocks of a kind in a file, by name, in the order of the file."""
    try:
        parsed = hcl2.loads(
            path.read_text(),
            serialization_options=SerializationOptions(
                with_comments=False, explicit_blocks=False, strip_string_quotes=True
            ),
        )
    except LarkError as error:
        raise ReadmeError(f"{_shown(path)} cannot be read as HCL: {error}") from error
    for block in parsed.get(kind, []):
        yield from block.items()


def _inputs(variables: Mapping[str, Mapping[str, Any]]) -> str:
    """The table of some variables, with a column of defaults if they have any."""
    if not variables:
        return ""
    with_default = any("default" in body for body in variables.values())
    header = ["name", "type", "default", "description"]
    rows = [
        [f"`{name}`", _type(body["type"]), _default(body), _text(body["description"])]
        for name, body in variables.items()
    ]
    if not with_default:
        for row in [header, *rows]:
            del row[2]
    return _table(header, rows)


def _outputs(outputs: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [[f"`{name}`", _text(body["description"])] for name, body in outputs.items()]
    return _table(["name", "description"], rows) if rows else ""


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(description: str) -> str:
    """A description in one line, with nothing in it that ends a cell."""
    if heredoc := _HEREDOC.fullmatch(description):
        description = textwrap.dedent(heredoc.group(2))
    else:
        description = description.replace('\\"', '"')
    # Outside of code, <region> would be an element of HTML.
    parts = re.split(r"(`[^`]*`)", " ".join(description.split()).replace("|", "\\|"))
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in parts)


def _type(expression: str) -> str:
    """A type, in several lines if it has attributes."""
    expression = expression.removeprefix("${").removesuffix("}")
    if "{" not in expression:
        return f"`{expression}`"
    # A cell of a table is one line: its line breaks are HTML's.
    lines = _spread(expression).replace("<", "&lt;").replace("|", "&#124;").splitlines()
    return f"<pre>{'<br>'.join(lines)}</pre>"


def _spread(expression: str) -> str:
    """A type expression with each attribute of an object in a line of its own."""
    shown = ""
    brackets: list[str] = []  # those that are open
    for piece in re.findall(r'"(?:[^"\\]|\\.)*"|, |.', expression):
        if piece in ("}", ")", "]"):
            if brackets.pop() == "{":
                shown += _new_line(brackets)
        elif piece in ("{", "(", "["):
            brackets.append(piece)
        if piece == ", " and brackets[-1:] == ["{"]:
            shown += _new_line(brackets)
        else:
            shown += piece + (_new_line(brackets) if piece == "{" else "")
    return shown


def _new_line(brackets: list[str]) -> str:
    return "\n" + "  " * brackets.count("{")


def _default(variable: Mapping[str, Any]) -> str:
    return f"`{_literal(variable['default'])}`" if "default" in variable else ""


def _literal(value: Any) -> str:
    """A default as it is written in HCL."""
    if isinstance(value, dict):
        inner = ", ".join(f"{name} = {_literal(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def main(arguments: list[str]) -> int:
    """Write the READMEs, or with --check only say which are out of date; 1 if any is."""
    parser = argparse.ArgumentParser(description="Write the modules' README files.")
    parser.add_argument("--check", action="store_true", help="change nothing, fail if one is old")
    check = parser.parse_args(arguments).check
    try:
        texts = {module / "README.md": readme(module) for module in sorted(MODULES.iterdir())}
    except ReadmeError as error:
        print(error, file=sys.stderr)
        return 1
    old = [path for path, text in texts.items() if path.read_text() != text]
    if check:
        for path in old:
            print(f"{_shown(path)} is out of date. Renew it: make docs", file=sys.stderr)
        return 1 if old else 0
    for path in old:
        path.write_text(texts[path])
        print(f"Wrote {_shown(path)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
