"""`make docs`: writes the inputs and outputs of each Terraform module into the module's README.

You write the text above the marker in a README. This writes the text below it, from the module's
variables.tf and outputs.tf.
"""

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scripts.account import TERRAFORM, read_hcl, shown
from scripts.command import CommandError, exit_status

MODULES = TERRAFORM / "modules"
MARKER = "<!-- `make docs` writes everything below. Change the descriptions in *.tf instead. -->"

_HEREDOC = re.compile(r"<<-?(\w+)\n(.*)\n\s*\1", re.DOTALL)


def readme(module: Path) -> str:
    """The README of a module as it should be. Raises CommandError if it has no marker."""
    path = module / "README.md"
    head, marker, _ = (path.read_text() if path.is_file() else "").partition(MARKER)
    if not marker:
        raise CommandError(
            f"{shown(path)} does not exist or has no marker. Write what the module is and how to "
            f"use it, then add this line:\n{MARKER}"
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
    for block in read_hcl(path).get(kind, []):
        yield from block.items()


def _inputs(variables: Mapping[str, Mapping[str, Any]]) -> str:
    """The table of some variables. It has a column of defaults if any of them has one."""
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
    """A description as the content of one cell: in one line, and escaped."""
    if heredoc := _HEREDOC.fullmatch(description):
        description = textwrap.dedent(heredoc.group(2))
    else:
        description = description.replace('\\"', '"')
    # Outside of code, Markdown would take <region> for an HTML element.
    parts = re.split(r"(`[^`]*`)", " ".join(description.split()).replace("|", "\\|"))
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in parts)


def _type(expression: str) -> str:
    """A type as the content of a cell. It has several lines if the type has attributes."""
    expression = expression.removeprefix("${").removesuffix("}")
    if "{" not in expression:
        return f"`{expression}`"
    # A cell is one line of Markdown, so its line breaks are HTML.
    lines = _spread(expression).replace("<", "&lt;").replace("|", "&#124;").splitlines()
    return f"<pre>{'<br>'.join(lines)}</pre>"


def _spread(expression: str) -> str:
    """A type expression, with each attribute of an object on its own line."""
    text = ""
    brackets: list[str] = []  # the open ones
    for piece in re.findall(r'"(?:[^"\\]|\\.)*"|, |.', expression):
        if piece in ("}", ")", "]"):
            if brackets.pop() == "{":
                text += _new_line(brackets)
        elif piece in ("{", "(", "["):
            brackets.append(piece)
        if piece == ", " and brackets[-1:] == ["{"]:
            text += _new_line(brackets)
        else:
            text += piece + (_new_line(brackets) if piece == "{" else "")
    return text


def _new_line(brackets: list[str]) -> str:
    return "\n" + "  " * brackets.count("{")


def _default(variable: Mapping[str, Any]) -> str:
    return f"`{_literal(variable['default'])}`" if "default" in variable else ""


def _literal(value: Any) -> str:
    """A default value in HCL."""
    if isinstance(value, dict):
        inner = ", ".join(f"{name} = {_literal(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False)


def main(arguments: list[str]) -> int:
    """Write the READMEs. With --check, only print which are out of date; 1 if any is."""
    parser = argparse.ArgumentParser(description="Write the modules' README files.")
    parser.add_argument("--check", action="store_true", help="change nothing, fail if one is old")
    check = parser.parse_args(arguments).check
    return exit_status(lambda: _write(check=check))


def _write(*, check: bool) -> None:
    texts = {module / "README.md": readme(module) for module in sorted(MODULES.iterdir())}
    old = [path for path, text in texts.items() if path.read_text() != text]
    if check and old:
        names = ", ".join(map(shown, old))
        raise CommandError(f"Out of date: {names}. To write the READMEs again: make docs")
    for path in old:
        path.write_text(texts[path])
        print(f"Wrote {shown(path)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
