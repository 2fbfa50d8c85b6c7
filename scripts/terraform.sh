#!/usr/bin/env bash
# Runs Terraform for one environment, in the workspace of the same name.
# Usage: scripts/terraform.sh plan|deploy|destroy|outputs <environment> [arguments for terraform]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../terraform"

die() {
  echo "$*" >&2
  exit 1
}

known_environments() {
  local file names=""
  for file in environments/*.tfvars; do
    file=${file##*/}
    names+="${names:+, }${file%.tfvars}"
  done
  echo "$names"
}

# Without a terminal Terraform cannot ask, and would end in the middle with an error about EOF.
require_approval() { # the Terraform command and its arguments
  local variable="TF_CLI_ARGS_$1"
  if [[ ! -t 0 && " ${TF_CLI_ARGS:-} ${!variable:-} $* " != *" -auto-approve "* ]]; then
    die "Terraform asks before it changes anything, and there is no terminal to ask on. To approve beforehand: export $variable=-auto-approve"
  fi
}

require_deployed() {
  local state
  state=$(terraform show -json)
  [[ $state == *'"resources":'* ]] ||
    die "Nothing is deployed in environment $environment. To deploy it: make deploy ENV=$environment"
}

command=${1:-}
environment=${2:-}
case $command in
  plan | deploy | destroy | outputs) ;;
  *) die "Usage: scripts/terraform.sh plan|deploy|destroy|outputs <environment>" ;;
esac
[[ -n $environment ]] || die "Say which environment: make $command ENV=<environment>, one of $(known_environments)."
[[ $environment =~ ^[a-z0-9-]+$ && -f environments/$environment.tfvars ]] ||
  die "There is no environment \"$environment\"; use one of $(known_environments), or add terraform/environments/$environment.tfvars."
shift 2

command -v terraform >/dev/null ||
  die "Terraform is not installed. Install version 1.9 or later: https://developer.hashicorp.com/terraform/install"
[[ $command == outputs || -f ../dist/function.zip ]] ||
  die "The function's zip file dist/function.zip is not there. Build it first: make package"

# Terraform selects no workspace while this is set.
unset TF_WORKSPACE
terraform init -input=false >/dev/null

terraform workspace select -or-create "$environment" >/dev/null
# From here on the workspace is fixed, whatever another terminal selects meanwhile.
export TF_WORKSPACE=$environment

case $command in
  plan) terraform plan -input=false -var-file="environments/$environment.tfvars" "$@" ;;
  deploy)
    require_approval apply "$@"
    terraform apply -var-file="environments/$environment.tfvars" "$@"
    ;;
  outputs)
    require_deployed
    terraform output "$@"
    ;;
  destroy)
    require_deployed
    if [[ $(terraform output -raw deletion_protection_enabled 2>/dev/null) == true ]]; then
      die "Environment $environment is protected against deletion: the user pool and the table hold its users. To destroy it all the same:
  1. set deletion_protection_enabled = false in terraform/environments/$environment.tfvars
  2. make deploy ENV=$environment
  3. make destroy ENV=$environment"
    fi
    require_approval destroy "$@"
    terraform destroy -var-file="environments/$environment.tfvars" "$@"
    ;;
esac
