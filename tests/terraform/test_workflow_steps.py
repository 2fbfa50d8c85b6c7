"""What the workflows do with `make` that you do not do locally."""

import pytest

from tests.terraform.project import Project


@pytest.mark.usefixtures("provider")
def test_only_the_changes_that_were_approved_are_deployed(project: Project) -> None:
    project.succeed("plan", "dev")
    digest = project.plan_file("dev").with_suffix(".sha256")
    approved = digest.read_text().strip()
    # The deployment plans the same changes again.
    project.succeed("plan", "dev")
    assert digest.read_text().strip() == approved

    project.edit(
        "terraform/environments/dev.tfvars",
        "log_retention_in_days = 30",
        "log_retention_in_days = 14",
    )
    project.succeed("plan", "dev")
    assert project.fail("deploy", "dev", PLANNED=approved) == (
        "Nothing was deployed, because this plan of environment dev differs from the approved "
        "plan: something has changed since the approval. Plan again, and have the new plan "
        "approved."
    )
    assert project.state("dev").get("resources", []) == []
    project.succeed("deploy", "dev", PLANNED=digest.read_text().strip())
    assert project.state("dev")["resources"] != []


def test_keep_state_copies_an_unwritten_state_to_the_bucket(project: Project) -> None:
    with pytest.raises(
        AssertionError, match=r"errored-dev\.tfstate does not exist, so nothing was uploaded"
    ):
        project.shell("make keep-state ENV=dev")
    unwritten = project.folder / "terraform" / "errored-dev.tfstate"
    unwritten.write_text("{}")
    said = project.shell("make keep-state ENV=dev")
    s3 = project.aws.client("s3")
    (kept,) = s3.list_objects_v2(Bucket=project.bucket, Prefix="errored/dev/")["Contents"]
    assert s3.get_object(Bucket=project.bucket, Key=kept["Key"])["Body"].read() == b"{}"
    place = f"s3://{project.bucket}/{kept['Key']}"
    fetch = f"aws s3 cp {place} terraform/errored-dev.tfstate && make recover ENV=dev"
    assert said.strip().endswith(fetch)
