#!/usr/bin/env bash
# Fails unless Terraform's state is kept where the next run finds it; a runner's disk is not.
set -euo pipefail
cd "$(dirname "$0")/../terraform"

grep --quiet --extended-regexp '^[[:space:]]*(backend[[:space:]]+"|cloud[[:space:]]*\{)' ./*.tf || {
  echo "Terraform would keep its state on this machine alone. Configure a backend in terraform/backend.tf first: .github/README.md" >&2
  exit 1
}
