"""The shell scripts that `make` runs, with a folder of fake tools as their PATH."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.local.local_aws import ROOT

TOOLS = ("bash", "cat", "dirname", "grep", "head", "mktemp", "rm", "sh", "wc")


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with basic tools, and without a Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(shutil.which(name) or name)
    return folder


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/bash", *lines, ""]))
    path.chmod(0o755)
    return path


def run(
    script: Path, *arguments: str, tools: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, *arguments],
        env={"PATH": str(tools), "HOME": str(tools.parent), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


EXACT = dict(line.split() for line in (ROOT / ".tool-versions").read_text().splitlines())["python"]


def python(path: Path, version: str = "3.13.7", *, can_make_venvs: bool = True) -> Path:
    """Write a fake Python that answers the questions of scripts/python.sh."""
    program = (
        f"import sys; sys.version_info = tuple(map(int, '{version}'.split('.')));"
        f"sys.executable = '{path}';"
        f"import importlib.util; importlib.util.find_spec = lambda _: {can_make_venvs} or None;"
    )
    return write(path, f'exec {sys.executable} -c "{program}$2"')


FIND_PYTHON = ROOT / "scripts" / "python.sh"


@pytest.mark.parametrize(
    ("place", "variable"),
    [
        (".pyenv/versions/3.13.7/bin/python3.13", None),
        ("p/versions/3.13.7/bin/python3.13", "PYENV_ROOT"),
        (".asdf/installs/python/3.13.7/bin/python3.13", None),
        ("a/installs/python/3.13.7/bin/python3.13", "ASDF_DATA_DIR"),
        (".local/share/mise/installs/python/3.13.7/bin/python3.13", None),
        ("m/installs/python/3.13.7/bin/python3.13", "MISE_DATA_DIR"),
        (".local/share/uv/python/cpython-3.13.7-linux-x86_64-gnu/bin/python3.13", None),
        ("u/cpython-3.13.7-linux-x86_64-gnu/bin/python3.13", "UV_PYTHON_INSTALL_DIR"),
    ],
)
def test_a_python_of_a_version_manager_is_found(
    tmp_path: Path, tools: Path, place: str, variable: str | None
) -> None:
    there = python(tmp_path / place)
    variables = {} if variable is None else {variable: str(tmp_path / place.partition("/")[0])}
    result = run(FIND_PYTHON, tools=tools, **variables)
    assert (result.returncode, result.stdout) == (0, f"{there}\n")


def test_a_named_python_comes_first_then_the_exact_version_then_the_one_on_the_path(
    tmp_path: Path, tools: Path
) -> None:
    python(tmp_path / ".pyenv/versions/3.13.7/bin/python3.13")
    on_path = python(tools / "python3.13", "3.13.99")
    assert run(FIND_PYTHON, tools=tools).stdout == f"{on_path}\n"
    exact = python(tmp_path / f".pyenv/versions/{EXACT}/bin/python3.13", EXACT)
    assert run(FIND_PYTHON, tools=tools).stdout == f"{exact}\n"
    named = python(tmp_path / "my Python")
    assert run(FIND_PYTHON, tools=tools, PYTHON=str(named)).stdout == f"{named}\n"


def test_a_python_of_another_version_or_that_does_not_run_is_not_used(
    tmp_path: Path, tools: Path
) -> None:
    write(tools / "python3.13", 'echo "pyenv: python3.13: command not found" >&2; exit 127')
    older = python(tools / "python3", "3.12.1")
    there = python(tmp_path / ".pyenv/versions/3.13.7/bin/python3.13")
    assert run(FIND_PYTHON, tools=tools).stdout == f"{there}\n"
    result = run(FIND_PYTHON, tools=tools, PYTHON=str(older))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"PYTHON is {older}, but that is not a working Python 3.13.")


def test_without_a_python_it_says_what_to_install(tools: Path) -> None:
    python(tools / "python3", "3.12.1")
    result = run(FIND_PYTHON, tools=tools)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Python 3.13 is missing. Install it (https://")


def test_without_venv_it_says_which_debian_package_to_install(tmp_path: Path, tools: Path) -> None:
    bare = python(tools / "python3", EXACT, can_make_venvs=False)
    result = run(FIND_PYTHON, tools=tools)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{bare} cannot create virtual environments.")
    assert "apt-get install python3.13-venv" in result.stderr
    whole = python(tmp_path / ".pyenv/versions/3.13.7/bin/python3.13")
    assert run(FIND_PYTHON, tools=tools).stdout == f"{whole}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with show_plan.sh, and a fake terraform.sh that plans."""
    folder = tmp_path / "project"
    (folder / "scripts").mkdir(parents=True)
    shutil.copy2(ROOT / "scripts" / "show_plan.sh", folder / "scripts")
    write(
        folder / "scripts" / "terraform.sh",
        'echo "$* $TF_CLI_ARGS_plan"',
        "echo 'Plan: 1 to add, 0 to change.'",
    )
    digest = folder / "terraform" / ".terraform" / "dev" / "plan.sha256"
    digest.parent.mkdir(parents=True)
    digest.write_text("abc\n")
    return folder


def show(
    project: Path, tools: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run show_plan.sh as a workflow does."""
    result = run(
        project / "scripts" / "show_plan.sh",
        *arguments,
        tools=tools,
        GITHUB_REPOSITORY="owner/name",
        GITHUB_OUTPUT=str(project / "output"),
        GITHUB_STEP_SUMMARY=str(project / "summary"),
        **variables,
    )
    assert result.stdout.startswith("plan dev"), result.stderr
    return result


def test_a_plan_is_in_the_summary_and_its_digest_is_an_output(project: Path, tools: Path) -> None:
    result = show(project, tools, "dev")
    assert result.returncode == 0
    # The planning role has no permission to write a lock.
    assert result.stdout.startswith("plan dev -no-color -lock=false\n")
    summary = (project / "summary").read_text()
    assert "<b>dev</b>: Plan: 1 to add, 0 to change.</summary>" in summary
    assert (project / "output").read_text() == "planned=abc\n"


def comment(project: Path, tools: Path, *, old: str = "") -> tuple[int, list[str], str]:
    """Run it with a fake `gh`. Gives the exit status, the calls of `gh`, and the comment."""
    calls, body = project / "calls", project / "body"
    write(
        tools / "gh",
        f'echo "$*" >>{calls}',
        'if [[ $2 == --paginate ]]; then echo "$OLD"; exit; fi',
        f'for word; do if [[ $word == body=@* ]]; then cat "${{word#body=@}}" >{body}; fi; done',
    )
    result = show(project, tools, "dev", "7", OLD=old)
    return result.returncode, calls.read_text().splitlines(), body.read_text()


def test_the_first_plan_is_posted_as_a_comment(project: Path, tools: Path) -> None:
    status, (_, call), body = comment(project, tools)
    assert status == 0
    assert call.startswith("api --method POST repos/owner/name/issues/7/comments ")
    assert body.startswith("<!-- plan of dev -->\n")
    assert "<b>dev</b>: Plan: 1 to add, 0 to change.</summary>" in body


def test_a_later_plan_replaces_that_comment(project: Path, tools: Path) -> None:
    _, (_, call), _ = comment(project, tools, old="42")
    assert call.startswith("api --method PATCH repos/owner/name/issues/comments/42 ")


def test_a_plan_that_fails_is_shown_and_fails(project: Path, tools: Path) -> None:
    refused = "echo 'Plan: 1 to add, 1 to destroy.'; echo 'Error: no' >&2; exit 3"
    write(project / "scripts" / "terraform.sh", 'echo "$*"', refused)
    status, _, body = comment(project, tools)
    assert status == 3
    assert not (project / "output").exists()
    assert "<b>dev</b>: The plan failed.</summary>" in body
    assert body in (project / "summary").read_text()
    assert "Error: no" in body


def test_a_plan_that_is_too_long_for_a_comment_is_cut(project: Path, tools: Path) -> None:
    line = "for _ in {1..9000}; do echo 'a line'; done"
    write(project / "scripts" / "terraform.sh", 'echo "$*"', line)
    body = comment(project, tools)[2]
    assert len(body) < 65_536
    assert "… the rest is in the log" in body


@pytest.mark.parametrize(
    ("waits_for", "cancelled"),
    [(["prod"], ["11"]), (["staging", "prod"], ["11"]), (["staging"], []), (["prod-eu"], [])],
)
def test_older_runs_that_wait_for_an_approval_of_the_environment_are_cancelled(
    tmp_path: Path, tools: Path, waits_for: list[str], cancelled: list[str]
) -> None:
    calls = tmp_path / "calls"
    write(
        tools / "gh",
        f'echo "$*" >>{calls}',
        "if [[ $2 == --paginate ]]; then echo 11; exit; fi",
        f"if [[ $2 == */pending_deployments ]]; then printf '%s\\n' {' '.join(waits_for)}; fi",
    )
    result = run(
        ROOT / "scripts" / "supersede.sh",
        "prod",
        tools=tools,
        GITHUB_REPOSITORY="owner/name",
        GITHUB_RUN_NUMBER="42",
        GITHUB_WORKFLOW_REF="owner/name/.github/workflows/deploy.yml@refs/heads/main",
    )
    assert result.returncode == 0, result.stderr
    listed, _, *more = calls.read_text().splitlines()
    assert "actions/workflows/deploy.yml/runs?status=waiting " in listed
    assert "select(.run_number < 42)" in listed
    assert more == [
        f"api --method POST repos/owner/name/actions/runs/{one}/cancel --silent"
        for one in cancelled
    ]
