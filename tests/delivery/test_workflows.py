"""The GitHub workflows, as far as they can be tested without GitHub."""

import itertools
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from scripts.local.local_aws import ROOT
from tests.tools import project_files

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.name: yaml.safe_load(path.read_text()) for path in FOLDER.glob("*.yml")}
PINNED = re.compile(r"[\w-]+/[\w./-]+@[0-9a-f]{40}")
every_workflow = pytest.mark.parametrize("name", WORKFLOWS)


def steps(name: str) -> Iterator[dict[str, Any]]:
    for job in WORKFLOWS[name]["jobs"].values():
        yield from job.get("steps", [])


LOWEST_TERRAFORM = WORKFLOWS["checks.yml"]["jobs"]["lowest-terraform"]


@every_workflow
def test_each_action_is_pinned_to_a_commit_with_its_version_beside_it(name: str) -> None:
    for line in (FOLDER / name).read_text().splitlines():
        if "uses:" in line and "uses: ./" not in line:
            assert re.search(rf"uses: {PINNED.pattern} # v\d+\.\d+\.\d+$", line), line


def test_an_action_has_one_version_everywhere() -> None:
    used = {step["uses"] for name in WORKFLOWS for step in steps(name) if "uses" in step}
    actions = [action.partition("@")[0] for action in used]
    assert sorted(actions) == sorted(set(actions))


@every_workflow
def test_only_single_jobs_have_permissions_and_no_more_than_they_need(name: str) -> None:
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
    if name == "deploy.yml":
        allowed |= {("actions", "write")}  # to cancel an older run
    if name == "release.yml":
        allowed |= {("attestations", "write"), ("contents", "write")}
    assert writable <= allowed


@every_workflow
def test_each_step_runs_a_make_target_that_you_can_run_locally(name: str) -> None:
    targets = set(re.findall(r"^([a-z0-9 -]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    known = {target for line in targets for target in line.split()}
    for step in steps(name):
        if "run" in step:
            command, target = step["run"].split()[:2]
            assert (command, target) == ("exit", "1") or (command == "make" and target in known)


@every_workflow
def test_no_expression_is_inserted_into_a_command(name: str) -> None:
    assert [step["run"] for step in steps(name) if "${{" in step.get("run", "")] == []


@every_workflow
def test_no_access_key_and_no_secret_is_used(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert "secrets." not in text
    assert "access-key" not in text
    assert "pull_request_target" not in text


@every_workflow
def test_a_checkout_keeps_no_token(name: str) -> None:
    checkouts = [step for step in steps(name) if "checkout" in step.get("uses", "")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_environments_are_deployed_in_order_with_the_same_zip() -> None:
    jobs = WORKFLOWS["deploy.yml"]["jobs"]
    order = ["dev", "staging", "prod"]
    assert [name for name in jobs if name in order] == order
    assert set(jobs["dev"]["needs"]) == {"checks", "package"}
    for before, name in itertools.pairwise(order):
        assert before in jobs[name]["needs"]
    sums = {jobs[name]["with"]["sha256"] for name in order}
    assert sums == {"${{ needs.package.outputs.sha256 }}"}


def job(workflow: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = WORKFLOWS[workflow]["jobs"][name]
    return found


def commands(found: dict[str, Any]) -> list[str]:
    return [step["run"] for step in found["steps"] if "run" in step]


def test_a_deployment_applies_the_plan_that_was_shown_with_that_zip() -> None:
    plan, deploy = (job("deploy-environment.yml", name) for name in ("plan", "deploy"))
    # The planning role shows the plan. The deployment waits for it, and for an approval.
    assert plan["environment"] == "${{ inputs.environment }}-plan"
    assert deploy["environment"] == "${{ inputs.environment }}"
    assert deploy["needs"] == "plan"
    assert commands(plan) == ['make show-plan ENV="$ENVIRONMENT" PACKAGED="$SHA256"']
    assert plan["outputs"] == {"planned": "${{ steps.plan.outputs.planned }}"}
    assert [step["id"] for step in plan["steps"] if "run" in step] == ["plan"]
    assert [command for command in commands(deploy) if "state" not in command] == [
        'make plan ENV="$ENVIRONMENT" PACKAGED="$SHA256"',
        'make deploy ENV="$ENVIRONMENT" PLANNED="$PLANNED"',
        'make recover ENV="$ENVIRONMENT"',
        'make e2e ENV="$ENVIRONMENT"',
    ]
    (approved,) = (one for one in deploy["steps"] if "PLANNED" in one.get("env", {}))
    assert approved["env"] == {"PLANNED": "${{ needs.plan.outputs.planned }}"}


def test_an_unwritten_state_is_kept_in_the_bucket_and_in_no_artifact() -> None:
    after = [step for step in job("deploy-environment.yml", "deploy")["steps"] if "if" in step]
    unwritten = "${{ failure() && hashFiles('terraform/errored-*.tfstate') != '' }}"
    assert [step["if"] for step in after] == [unwritten] * 3
    credentials, keep, recover = after  # first keep it, because recovering may fail
    assert credentials["uses"].startswith("aws-actions/configure-aws-credentials@")
    assert keep["run"] == 'make keep-state ENV="$ENVIRONMENT"'
    assert recover["run"] == 'make recover ENV="$ENVIRONMENT"'
    for name in WORKFLOWS:
        for step in steps(name):
            if "upload-artifact" in step.get("uses", ""):
                paths = step["with"]["path"].split()
                assert set(paths) == {
                    "dist/function.zip",
                    "dist/function.zip.sha256",
                    "dist/function.cdx.json",
                }


def test_a_deployment_waits_only_for_others_of_the_same_environment() -> None:
    deploy = WORKFLOWS["deploy.yml"]
    assert "concurrency" not in deploy
    for name in ("dev", "staging", "prod"):
        # The group has the plan and the deployment, so no other run comes between them. Nothing is
        # cancelled while it runs.
        assert deploy["jobs"][name]["concurrency"] == {"group": f"deploy-{name}"}
    for called in WORKFLOWS["deploy-environment.yml"]["jobs"].values():
        assert "concurrency" not in called


def test_a_newer_run_cancels_one_that_waits_for_an_approval() -> None:
    supersede = job("deploy.yml", "supersede")
    assert commands(supersede) == ["make supersede ENV=prod"]
    assert "concurrency" not in supersede  # else it would wait for the run that it is to cancel
    assert "supersede" in job("deploy.yml", "prod")["needs"]


def test_one_required_check_reports_on_every_pull_request() -> None:
    jobs = WORKFLOWS["pull-request.yml"]["jobs"]
    required = jobs["required"]
    assert set(required["needs"]) == set(jobs) - {"required"}
    assert required["if"] == "${{ always() }}"
    (step,) = required["steps"]
    assert step == {
        # The plan is skipped for a fork and for Dependabot. The checks are never skipped.
        "if": "${{ needs.checks.result != 'success' || "
        """contains(fromJSON('["failure", "cancelled"]'), needs.plan.result) }}""",
        "run": "exit 1",
    }
    assert jobs["plan"]["if"] == (
        "${{ !github.event.pull_request.head.repo.fork && github.actor != 'dependabot[bot]' }}"
    )


def test_results_are_uploaded_only_where_code_scanning_is_available() -> None:
    (upload,) = (step for step in steps("checks.yml") if "upload-sarif" in step.get("uses", ""))
    assert "!github.event.repository.private || vars.CODE_SCANNING == 'true'" in upload["if"]
    assert "!github.event.pull_request.head.repo.fork" in upload["if"]
    assert "github.actor != 'dependabot[bot]'" in upload["if"]


def test_each_action_is_a_version_for_the_runners_node() -> None:
    first_with_node_24 = {
        "actions/download-artifact": 7,
        "aws-actions/configure-aws-credentials": 6,
        "hashicorp/setup-terraform": 4,
    }
    text = "".join((FOLDER / name).read_text() for name in WORKFLOWS)
    for action, major in first_with_node_24.items():
        versions = re.findall(rf"uses: {action}@\w+ # v(\d+)\.", text)
        assert versions
        assert all(int(version) >= major for version in versions), action


def test_a_pull_request_plans_every_environment_except_local() -> None:
    plan = WORKFLOWS["pull-request.yml"]["jobs"]["plan"]
    files = (ROOT / "terraform" / "environments").glob("*.tfvars")
    assert {*plan["strategy"]["matrix"]["environment"], "local"} == {path.stem for path in files}


def test_python_and_terraform_have_the_versions_in_tool_versions() -> None:
    lines = (ROOT / ".tool-versions").read_text().splitlines()
    wanted = dict(line.split() for line in lines)
    for name in WORKFLOWS:
        for step in steps(name):
            settings = step.get("with", {})
            assert "python-version" not in settings
            if "setup-python" in step.get("uses", ""):
                assert settings["python-version-file"] == ".tool-versions"
            if step not in LOWEST_TERRAFORM["steps"]:
                assert settings.get("terraform_version", wanted["terraform"]) == wanted["terraform"]


def test_the_lowest_tested_terraform_is_the_lowest_that_the_modules_accept() -> None:
    (used,) = (
        step["with"]["terraform_version"]
        for step in LOWEST_TERRAFORM["steps"]
        if "terraform_version" in step.get("with", {})
    )
    for file in (ROOT / "terraform" / "modules").glob("*/versions.tf"):
        (asked,) = re.findall(r'required_version = ">= ([0-9.]+), != 1.15.0"', file.read_text())
        assert f"{asked}.0" == used, file


def test_dependabot_updates_every_lock_file() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    folders = {
        (update["package-ecosystem"], folder)
        for update in updates
        for folder in update.get("directories", [update.get("directory")])
    }
    expected = {("github-actions", "/"), ("terraform", "/terraform")}
    expected.add(("terraform", "/terraform/bootstrap"))
    for path in project_files():
        folder, _, file = path.rpartition("/")
        if file == "package-lock.json":
            expected.add(("npm", f"/{folder}"))
        elif file.endswith(".in"):
            expected.add(("pip", f"/{folder}"))
    assert expected <= folders


def test_each_git_hook_runs_a_command_that_exists() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    entries = {hook["entry"]: hook["stages"] for hook in repository["hooks"]}
    assert entries["make test FAST=1"] == ["pre-commit"]
    assert entries["make check"] == entries["make test"] == ["pre-push"]
    for entry in entries:
        program = entry.split()[0]
        assert shutil.which(program) or (ROOT / program).is_file(), program
