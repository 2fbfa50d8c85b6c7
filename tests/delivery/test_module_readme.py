"""`make docs`, which writes the inputs and outputs of the modules into their READMEs."""

from pathlib import Path

import pytest

from scripts import module_readme
from scripts.command import CommandError
from scripts.module_readme import MARKER, main, readme

VARIABLES = """
variable "name" {
  description = "Name, as arn:aws:x:<region>, \\"quoted\\" or a|b; see `x<y`."
  type        = string
  nullable    = false
}

variable "attributes" {
  description = <<-EOT
    Attributes: name => what it holds.
    `type` is S or N.
  EOT
  type = map(object({
    sources = list(string)
    type    = optional(string, "S, or N")
    limits  = optional(object({ low = number, high = number }), null)
  }))
  default = {
    Email = { sources = ["email"] }
  }
  nullable = false

  validation {
    condition     = length(var.attributes) < 9
    error_message = "At most 8."
  }
}

variable "key_arn" {
  description = "ARN of the key; null means none."
  type        = string
  default     = null
}
"""
OUTPUTS = """
output "arn" {
  description = "ARN of it."
  value       = aws_x.this.arn
}
"""
WRITTEN = """
## Required inputs

| name | type | description |
| --- | --- | --- |
| `name` | `string` | Name, as arn:aws:x:&lt;region>, "quoted" or a\\|b; see `x<y`. |

## Optional inputs

| name | type | default | description |
| --- | --- | --- | --- |
| `attributes` | <pre>map(object({<br>  sources = list(string)<br>  type = optional(string, "S, or N")<br>  limits = optional(object({<br>    low = number<br>    high = number<br>  }), null)<br>}))</pre> | `{ Email = { sources = ["email"] } }` | Attributes: name => what it holds. `type` is S or N. |
| `key_arn` | `string` | `null` | ARN of the key; null means none. |

## Outputs

| name | description |
| --- | --- |
| `arn` | ARN of it. |
"""  # noqa: E501 - a cell of a table is one line


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only module, whose README has no inputs and outputs yet."""
    folder = tmp_path / "modules" / "thing"
    folder.mkdir(parents=True)
    (folder / "variables.tf").write_text(VARIABLES)
    (folder / "outputs.tf").write_text(OUTPUTS)
    (folder / "README.md").write_text(f"# thing\n\nBy hand.\n\n{MARKER}")
    monkeypatch.setattr(module_readme, "MODULES", folder.parent)
    return folder


def test_inputs_and_outputs_follow_the_text_written_by_hand(module: Path) -> None:
    assert readme(module) == f"# thing\n\nBy hand.\n\n{MARKER}\n{WRITTEN}"


def test_the_check_reports_an_outdated_readme_and_does_not_change_it(
    module: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (module / "README.md").read_text()
    assert main(["--check"]) == 1
    said = capsys.readouterr()
    assert said.err == (
        f"Out of date: {module / 'README.md'}. To write the READMEs again: make docs\n"
    )
    assert (module / "README.md").read_text() == before


def test_a_written_readme_is_current_until_the_module_changes(
    module: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out == f"Wrote {module / 'README.md'}\n"
    assert main(["--check"]) == 0
    assert main([]) == 0
    assert capsys.readouterr().out == ""
    (module / "outputs.tf").write_text(OUTPUTS.replace("ARN of it.", "Its ARN."))
    assert main(["--check"]) == 1


@pytest.mark.parametrize("text", ["# thing\n", None], ids=["no marker", "no file"])
def test_a_missing_readme_or_marker_is_reported(
    module: Path, text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    (module / "README.md").unlink()
    if text is not None:
        (module / "README.md").write_text(text)
    assert main([]) == 1
    said = capsys.readouterr().err
    assert "does not exist or has no marker" in said
    assert MARKER in said


def test_a_file_that_is_not_hcl_is_reported(module: Path) -> None:
    (module / "variables.tf").write_text("variable {{")
    with pytest.raises(CommandError, match=r"variables\.tf is not valid HCL"):
        readme(module)
