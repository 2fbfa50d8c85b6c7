#!/usr/bin/env bash
# Everything that can be told without running the project; all checks run, the exit code tells.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

command -v terraform >/dev/null || {
  echo "Terraform is not installed. Install version 1.9 or later: https://developer.hashicorp.com/terraform/install" >&2
  exit 1
}

readonly SKIPPED=77
failed=()
check() { # what it is, and the command
  local name=$1 output status
  shift
  output=$("$@" 2>&1)
  status=$?
  if ((status == 0)); then
    echo "ok      $name"
  elif ((status == SKIPPED)); then
    echo "skipped $name: $output"
  else
    echo "FAILED  $name"
    echo "$output"
    failed+=("$name")
  fi
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

validate() { # a folder below terraform/, in a copy: init writes beside the files
  terraform -chdir="$scratch/$1" init -backend=false -input=false &&
    terraform -chdir="$scratch/$1" validate
}
cp -R terraform "$scratch/"
find "$scratch" -name .terraform -prune -exec rm -rf {} +

workflows() {
  local actionlint version=v1.7.12
  if ! actionlint=$(command -v actionlint); then
    if [[ -z ${CI:-} ]]; then
      echo "not installed: go install github.com/rhysd/actionlint/cmd/actionlint@$version"
      return "$SKIPPED"
    fi
    GOBIN=$scratch/bin go install "github.com/rhysd/actionlint/cmd/actionlint@$version" || return
    actionlint=$scratch/bin/actionlint
  fi
  "$actionlint" -shellcheck .venv/bin/shellcheck -pyflakes ''
}

check "format: ruff" .venv/bin/ruff format --check .
check "lint: ruff" .venv/bin/ruff check .
check "types: mypy" .venv/bin/mypy
mapfile -t shell_scripts < <(find scripts .ci tests -name node_modules -prune -o -type f \( -name '*.sh' -o -path '.ci/run' \) -print)
check "shell: shellcheck" .venv/bin/shellcheck "${shell_scripts[@]}"
check "workflows: actionlint" workflows
check "format: terraform fmt" terraform fmt -check -diff -recursive terraform
for folder in terraform terraform/modules/*; do
  check "validate: $folder" validate "$folder"
done
check "security: checkov" .venv-checkov/bin/checkov --directory terraform --skip-download --quiet --compact

if ((${#failed[@]})); then
  printf 'Failed: %s\n' "$(IFS=,; echo "${failed[*]}")" >&2
  exit 1
fi
