#!/bin/sh
# All checks that do not run the project. Every check runs; if one fails, the exit status is 1.
set -u
cd "$(dirname "$0")/.." || exit

command -v terraform >/dev/null || {
  echo "Terraform is not installed. Install version 1.11 or later: https://developer.hashicorp.com/terraform/install" >&2
  exit 1
}

SKIPPED=77
failed=''
check() { # name, command
  name=$1
  shift
  output=$("$@" 2>&1)
  status=$?
  if [ "$status" -eq 0 ]; then
    echo "ok      $name"
  elif [ "$status" -eq "$SKIPPED" ]; then
    echo "skipped $name: $output"
  else
    echo "FAILED  $name"
    echo "$output"
    failed="${failed:+$failed, }$name"
  fi
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

validate() { # a folder below terraform/; works in a copy, because init writes files there
  terraform -chdir="$scratch/$1" init -backend=false -input=false &&
    terraform -chdir="$scratch/$1" validate
}
cp -R terraform "$scratch/"
find "$scratch" -name .terraform -prune -exec rm -rf {} +

# Finds a checker that is written in Go, and builds it in CI. Sets `tool` to its path.
go_tool() { # name, package, version
  if ! tool=$(command -v "$1"); then
    if [ -z "${CI:-}" ]; then
      echo "not installed: go install $2@$3"
      return "$SKIPPED"
    fi
    GOBIN=$scratch/bin go install "$2@$3" || return
    tool=$scratch/bin/$1
  fi
}

workflows() {
  go_tool actionlint github.com/rhysd/actionlint/cmd/actionlint v1.7.12 || return
  "$tool" -shellcheck .venv/bin/shellcheck -pyflakes ''
}

terraform_rules() {
  go_tool tflint github.com/terraform-linters/tflint v0.64.0 || return
  "$tool" --chdir terraform --recursive --config "$PWD/.tflint.hcl"
}

check "format: ruff" .venv/bin/ruff format --check .
check "lint: ruff" .venv/bin/ruff check .
check "types: mypy" .venv/bin/mypy
check "shell: shellcheck" find scripts .ci tests -name node_modules -prune \
  -o -type f \( -name '*.sh' -o -path '.ci/run' \) -exec .venv/bin/shellcheck {} +
check "workflows: actionlint" workflows
check "format: terraform fmt" terraform fmt -check -diff -recursive terraform
check "lint: tflint" terraform_rules
check "documents: the modules' READMEs" .venv/bin/python -m scripts.module_readme --check
for folder in terraform terraform/bootstrap terraform/modules/* terraform/examples/*; do
  check "validate: $folder" validate "$folder"
done
check "security: checkov" .venv-checkov/bin/checkov --directory terraform --skip-download --quiet --compact

if [ -n "$failed" ]; then
  echo "Failed: $failed" >&2
  exit 1
fi
