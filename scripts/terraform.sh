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

# Terraform, with its errors in our words where they have a way out that it cannot know.
run() {
  local raw said status=0
  { raw=$(terraform "$@" 2>&1 >&3 3>&-) || status=$?; } 3>&1
  # Without its frame and line breaks.
  said=$(sed -e $'s/\e\\[[0-9;]*m//g' -e 's/[│╷╵]//g' <<<"$raw" | tr -s '[:space:]' ' ')
  if ((status)); then explain "$said"; fi
  if [[ -n $raw ]]; then echo "$raw" >&2; fi
  return "$status"
}

explain() { # what Terraform said
  local said=$1 account who since id
  case $said in
    *"AWS account ID not allowed: "*)
      account=${said##*"AWS account ID not allowed: "}
      die "These are credentials of account ${account%%[^0-9]*}, which is not the account of environment $environment (allowed_account_ids in $environment.s3.tfbackend and $environment.tfvars, in terraform/environments). Sign in to that one, or name its profile: export AWS_PROFILE=<name>"
      ;;
    *"Error asking for state migration"*)
      die "A state from before there was a bucket is in terraform/terraform.tfstate.d. CHANGELOG.md says how to move it."
      ;;
    *"Backend configuration changed"*)
      die "terraform/$backend has changed since the last run here. If the state lies where it says now: rm -r terraform/$TF_DATA_DIR"
      ;;
    *"S3 bucket "*" does not exist"*)
      die "The bucket in terraform/$backend is not there. If it was never made: make bootstrap ENV=$environment"
      ;;
    *"Error acquiring the state lock"*"Lock Info:"*)
      who=${said##* Who: } since=${said##* Created: } id=${said##* ID: }
      die "Environment $environment is being changed by ${who%% *} since ${since%%.*} (UTC). Try again when that has ended. If it was cut off: TF_DATA_DIR=$TF_DATA_DIR TF_WORKSPACE=$environment terraform -chdir=terraform force-unlock ${id%% *}"
      ;;
    *"Saved plan is stale"*)
      die "Environment $environment was changed after this plan. Plan again: make plan ENV=$environment"
      ;;
  esac
}

# Without a terminal Terraform cannot ask, and would end in the middle with an error about EOF.
require_approval() { # the arguments for terraform destroy
  if [[ ! -t 0 && " ${TF_CLI_ARGS:-} ${TF_CLI_ARGS_destroy:-} $* " != *" -auto-approve "* ]]; then
    die "Terraform asks before it deletes anything, and there is no terminal to ask on. To approve beforehand: export TF_CLI_ARGS_destroy=-auto-approve"
  fi
}

require_deployed() {
  local state
  state=$(run show -json)
  [[ $state == *'"resources":'* ]] ||
    die "Nothing is deployed in environment $environment. To deploy it: make plan ENV=$environment, then make deploy ENV=$environment"
}

check_plan() { # the plan, and what to look for
  run show -json "$1" | ../.venv-local/bin/python ../scripts/check_plan.py --environment "$environment" "$2"
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
  die "Terraform is not installed. Install version 1.11 or later: https://developer.hashicorp.com/terraform/install"
backend=environments/$environment.s3.tfbackend
[[ -f $backend ]] || die "There is no state bucket yet for $environment: make bootstrap ENV=$environment"
[[ $command == outputs || -f ../dist/function.zip ]] ||
  die "The function's zip file dist/function.zip is not there. Build it first: make package"

# Each environment has a folder of its own, so that two terminals never mix.
export TF_DATA_DIR=.terraform/$environment
# It names commands of its own otherwise, where ours are `make`.
export TF_IN_AUTOMATION=1
plan=$TF_DATA_DIR/plan
[[ $command != deploy || -f $plan ]] ||
  die "There is no plan for $environment. Make one and read it first: make plan ENV=$environment"

# Terraform selects no workspace while this is set.
unset TF_WORKSPACE
run init -input=false -backend-config="$backend" >/dev/null
run workspace select -or-create "$environment" >/dev/null
# From here on the workspace is fixed, whatever another terminal selects meanwhile.
export TF_WORKSPACE=$environment

case $command in
  plan)
    rm -f "$plan" "$plan.new"
    # It has all variables in it, so it is nobody else's to read.
    (umask 077 && run plan -input=false -out="$plan.new" -var-file="environments/$environment.tfvars" "$@")
    check_plan "$plan.new" --users-stay || {
      rm -f "$plan.new"
      exit 1
    }
    mv "$plan.new" "$plan"
    echo "To make these changes, and no others: make deploy ENV=$environment"
    ;;
  deploy)
    check_plan "$plan" --same-zip
    run apply -input=false "$@" "$plan"
    rm -f "$plan"
    ;;
  outputs)
    require_deployed
    run output "$@"
    ;;
  destroy)
    require_deployed
    if [[ $(terraform output -raw deletion_protection_enabled 2>/dev/null) == true ]]; then
      die "Environment $environment is protected against deletion: the user pool and the table hold its users. To destroy it all the same:
  1. set deletion_protection_enabled = false in terraform/environments/$environment.tfvars
  2. make plan ENV=$environment, then make deploy ENV=$environment
  3. make destroy ENV=$environment"
    fi
    require_approval "$@"
    run destroy -var-file="environments/$environment.tfvars" "$@"
    ;;
esac
