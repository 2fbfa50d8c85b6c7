"""GitHub's workflows, as far as they can be judged without GitHub."""

import itertools
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from scripts.local.local_aws import ROOT

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.name: yaml.safe_load(path.read_text()) for path in FOLDER.glob("*.yml")}
PINNED = re.compile(r"[\w-]+/[\w./-]+@[0-9a-f]{40}")
every_workflow = pytest.mark.parametrize("name", WORKFLOWS)


def steps(name: str) -> Iterator[dict[str, Any]]:
    for job in WORKFLOWS[name]["jobs"].values():
        yield from job.get("steps", [])


LOWEST_TERRAFORM = WORKFLOWS["checks.yml"]["jobs"]["lowest-terraform"]


@every_workflow
def test_actions_are_pinned_and_their_version_is_noted(name: str) -> None:
    for line in (FOLDER / name).read_text().splitlines():
        if "uses:" in line and "uses: ./" not in line:
            assert re.search(rf"uses: {PINNED.pattern} # v\d+\.\d+\.\d+$", line), line


def test_an_action_has_one_version_everywhere() -> None:
    used = {step["uses"] for name in WORKFLOWS for step in steps(name) if "uses" in step}
    actions = [action.partition("@")[0] for action in used]
    assert sorted(actions) == sorted(set(actions))


@every_workflow
def test_nothing_is_permitted_but_job_by_job(name: str) -> None:
    workflow = WORKFLOWS[name]
    assert workflow["permissions"] == {}
    writable = {
        (permission, value)
        for job in workflow["jobs"].values()
        for permission, value in job["permissions"].items()
        if value != "read"
    }
    allowed = {
        ("id-token", "write"),
        ("pull-requests", "write"),
        ("security-events", "write"),
    }
    if name == "release.yml":
        allowed |= {("attestations", "write"), ("contents", "write")}
    assert writable <= allowed


@every_workflow
def test_work_is_done_by_make_as_at_a_desk(name: str) -> None:
    targets = set(re.findall(r"^([a-z0-9 -]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    known = {target for line in targets for target in line.split()}
    for step in steps(name):
        if "run" in step:
            command, target = step["run"].split()[:2]
            assert command == "make"
            assert target in known


@every_workflow
def test_nothing_that_others_write_is_pasted_into_a_command(name: str) -> None:
    assert [step["run"] for step in steps(name) if "${{" in step.get("run", "")] == []


@every_workflow
def test_no_key_and_no_secret_is_used(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert "secrets." not in text
    assert "access-key" not in text
    assert "pull_request_target" not in text


@every_workflow
def test_checkouts_leave_no_token_behind(name: str) -> None:
    checkouts = [step for step in steps(name) if "checkout" in step.get("uses", "")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_prod_comes_last_and_all_get_the_same_zip() -> None:
    jobs = WORKFLOWS["deploy.yml"]["jobs"]
    order = ["dev", "staging", "prod"]
    assert [name for name in jobs if name in order] == order
    assert set(jobs["dev"]["needs"]) == {"checks", "package"}
    for before, name in itertools.pairwise(order):
        assert before in jobs[name]["needs"]
    sums = {jobs[name]["with"]["sha256"] for name in order}
    assert sums == {"${{ needs.package.outputs.sha256 }}"}


def test_an_environment_gets_what_was_planned_with_that_zip() -> None:
    commands = [step["run"] for step in steps("deploy-environment.yml") if "run" in step]
    assert commands == [
        'make plan ENV="$ENVIRONMENT" PACKAGED="$SHA256"',
        'make deploy ENV="$ENVIRONMENT"',
        'make e2e ENV="$ENVIRONMENT"',
    ]


def test_a_tag_publishes_what_was_built_apart_and_checked() -> None:
    workflow = WORKFLOWS["release.yml"]
    assert workflow[True] == {"push": {"tags": ["v*"]}}  # YAML takes `on` for a boolean
    package, publish = (workflow["jobs"][name] for name in ("package", "publish"))
    assert package["permissions"] == {"contents": "read"}
    (upload,) = (one["with"]["path"] for one in package["steps"] if "path" in one.get("with", {}))
    assert set(publish["needs"]) == {"checks", "package"}
    recipe = (ROOT / "Makefile").read_text().partition("\npublish:")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"dist/[\w.]+", recipe)) == sorted(upload.split())
    attests = [step for step in publish["steps"] if "actions/attest@" in step.get("uses", "")]
    assert {step["with"]["subject-path"] for step in attests} == {"dist/function.zip"}
    assert [step["with"].get("sbom-path") for step in attests] == [None, "dist/function.cdx.json"]
    # A private repository without Enterprise Cloud gets a release, too.
    assert all("repository.private" in step["if"] for step in attests)
    assert publish["steps"][-1]["run"] == 'make publish TAG="$TAG"'


def test_every_environment_but_the_local_one_is_planned() -> None:
    plan = WORKFLOWS["pull-request.yml"]["jobs"]["plan"]
    files = (ROOT / "terraform" / "environments").glob("*.tfvars")
    assert {*plan["strategy"]["matrix"]["environment"], "local"} == {path.stem for path in files}


def test_the_versions_are_those_of_tool_versions() -> None:
    lines = (ROOT / ".tool-versions").read_text().splitlines()
    wanted = dict(line.split() for line in lines)
    for name in WORKFLOWS:
        for step in steps(name):
            settings = step.get("with", {})
            assert wanted["python"].startswith(settings.get("python-version", wanted["python"]))
            if step not in LOWEST_TERRAFORM["steps"]:
                assert settings.get("terraform_version", wanted["terraform"]) == wanted["terraform"]


def test_the_lowest_terraform_is_the_one_that_the_modules_ask_for() -> None:
    (used,) = (
        step["with"]["terraform_version"]
        for step in LOWEST_TERRAFORM["steps"]
        if "terraform_version" in step.get("with", {})
    )
    for file in (ROOT / "terraform" / "modules").glob("*/versions.tf"):
        (asked,) = re.findall(r'required_version = ">= ([0-9.]+)"', file.read_text())
        assert f"{asked}.0" == used, file


def test_dependabot_looks_after_every_lock() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    folders = {
        (update["package-ecosystem"], folder)
        for update in updates
        for folder in update.get("directories", [update.get("directory")])
    }
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    expected = {("github-actions", "/"), ("terraform", "/terraform")}
    for path in listed:
        folder, _, file = path.rpartition("/")
        if file == "package-lock.json":
            expected.add(("npm", f"/{folder}"))
        elif file.endswith(".in"):
            expected.add(("pip", f"/{folder}"))
    assert expected <= folders


def test_the_hooks_before_a_commit_and_a_push_call_make() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    assert {hook["entry"] for hook in repository["hooks"]} == {"make check", "make test"}
