#!/bin/sh
# Runs Terraform for one environment, in the workspace of the same name.
# Usage: scripts/terraform.sh bootstrap|check <environment>
#        scripts/terraform.sh plan|deploy|destroy|outputs|recover <environment> [arguments for terraform]
#        scripts/terraform.sh unlock <environment> <id of the lock>
# `check` only makes the quick checks that every other command begins with.
set -eu

cd "$(dirname "$0")/../terraform"

die() {
  echo "$*" >&2
  exit 1
}

known_environments() {
  names=''
  for file in environments/*.tfvars; do
    file=${file##*/}
    names="${names:+$names, }${file%.tfvars}"
  done
  echo "$names"
}

python() {
  PYTHONPATH=.. ../.venv-local/bin/python "$@"
}

# Without a terminal, Terraform would stop halfway with an error about EOF.
require_terminal() { # the arguments for terraform destroy
  case " ${TF_CLI_ARGS:-} ${TF_CLI_ARGS_destroy:-} $* " in
    *" -auto-approve "*) ;;
    *) [ -t 0 ] || die "This command asks before it deletes anything, and there is no terminal to ask on. To approve beforehand: export TF_CLI_ARGS_destroy=-auto-approve" ;;
  esac
}

require_deployed() {
  state=$(terraform show -json)
  case $state in
    *'"resources":'*) ;;
    *) die "Nothing is deployed in environment $environment. To deploy: make plan ENV=$environment, then make deploy ENV=$environment" ;;
  esac
}

# If Terraform cannot write a state to the bucket, it writes the state to errored.tfstate, for any environment.
require_written_state() {
  if [ -f "$unwritten" ]; then
    die "Terraform could not write the state of $environment to the bucket after its last change. The state is in terraform/$unwritten, and must be written before anything else. If your credentials have expired, sign in again. Then: make recover ENV=$environment"
  elif [ -f errored.tfstate ]; then
    die "Terraform could not write a state to the bucket. The state is in terraform/errored.tfstate, and must be written before anything else. If it belongs to environment $environment: make recover ENV=$environment"
  fi
}

# These read the plan from $shown, because Terraform takes seconds to print it.
check_plan() { # --new or --same-zip
  printf '%s' "$shown" | python -m scripts.check_plan --environment "$environment" "$1"
}

plan_digest() {
  printf '%s' "$shown" | python -m scripts.plan_digest
}

remember_live() {
  printf '%s' "$shown" | python -m scripts.remember_live
}

change() { # the arguments for terraform apply or destroy
  # Only you may read a state that Terraform leaves behind, because it holds all values.
  if (umask 077 && terraform "$@"); then return; fi
  if [ -f errored.tfstate ]; then
    mv errored.tfstate "$unwritten"
    require_written_state
  fi
  die "Terraform did not make all changes. To see what is left: make plan ENV=$environment"
}

command=${1:-}
environment=${2:-}
case $command in
  bootstrap | check | plan | deploy | destroy | outputs | recover | unlock) ;;
  *) die "Usage: scripts/terraform.sh bootstrap|check|plan|deploy|destroy|outputs|recover|unlock <environment>" ;;
esac
[ -n "$environment" ] || die "Say which environment: add ENV=<environment> to the command, with one of $(known_environments)."
case $environment in
  *[!a-z0-9-]*) known='' ;;
  *) known=environments/$environment.tfvars ;;
esac
[ -f "$known" ] ||
  die "There is no environment \"$environment\". Use one of $(known_environments), or add terraform/environments/$environment.tfvars."
shift 2

command -v "${TERRAFORM:-terraform}" >/dev/null ||
  die "${TERRAFORM:-terraform} is not installed. Install Terraform, version 1.11 or later (https://developer.hashicorp.com/terraform/install), or OpenTofu, 1.10 or later (https://opentofu.org/docs/intro/install), and set TERRAFORM=tofu for that."
terraform() {
  command "${TERRAFORM:-terraform}" "$@"
}
if [ "$command" = bootstrap ]; then
  python -m scripts.bootstrap "$environment"
  exit
fi
backend=environments/$environment.s3.tfbackend
[ -f "$backend" ] || die "There is no bucket yet for the state of $environment. To create it: make bootstrap ENV=$environment"
unwritten=errored-$environment.tfstate
case $command in
  unlock)
    [ -n "${1:-}" ] || die "Say which lock: make unlock ENV=$environment LOCK=<id>. To see its id: make plan ENV=$environment"
    python -m scripts.state unlock "$environment" "$1"
    exit
    ;;
  recover) ;;
  *) require_written_state ;;
esac
[ "$command" != check ] || exit 0

# One folder for each environment, so that commands in two terminals never mix.
export TF_DATA_DIR=.terraform/"$environment"
# Otherwise Terraform tells the user to run its own commands, not `make`.
export TF_IN_AUTOMATION=1
plan=$TF_DATA_DIR/plan

case $command in
  plan | destroy)
    [ -f ../dist/function.zip ] ||
      die "The functions' zip dist/function.zip does not exist. Build it first: make package"
    ;;
  deploy)
    [ -f "$plan" ] || die "There is no plan for $environment. Create one and read it first: make plan ENV=$environment"
    ;;
  recover)
    [ -f "$unwritten" ] || unwritten=errored.tfstate
    [ -f "$unwritten" ] || die "There is no state of $environment to recover: neither terraform/errored-$environment.tfstate nor terraform/errored.tfstate exists."
    ;;
esac

case "$command ${TF_CLI_ARGS_plan:-} " in
  "outputs "* | plan*" -lock=false "*) python -m scripts.state check "$environment" --reads ;;
  "recover "*) python -m scripts.state check "$environment" --recovers "$unwritten" ;;
  *) python -m scripts.state check "$environment" ;;
esac

# Terraform cannot select a workspace while this is set.
unset TF_WORKSPACE
# -reconfigure, because the file may name another place than before.
terraform init -input=false -reconfigure -backend-config="$backend" >/dev/null
terraform workspace select -or-create "$environment" >/dev/null
# From here on, another terminal cannot change the workspace.
export TF_WORKSPACE="$environment"

case $command in
  plan)
    rm -f "$plan" "$plan.new" "$plan.sha256"
    # Only you may read the plan, because it holds all variables.
    (umask 077 && terraform plan -input=false -out="$plan.new" -var-file="environments/$environment.tfvars" "$@")
    if ! shown=$(terraform show -json "$plan.new") || ! check_plan --new; then
      rm -f "$plan.new"
      exit 1
    fi
    mv "$plan.new" "$plan"
    plan_digest >"$plan.sha256"
    echo "To make these changes, and no others: make deploy ENV=$environment"
    ;;
  deploy)
    shown=$(terraform show -json "$plan")
    # PLANNED is the digest of the plan that somebody has approved. This plan must make the same changes.
    if [ -n "${PLANNED:-}" ] && [ "$(plan_digest)" != "$PLANNED" ]; then
      die "Nothing was deployed, because this plan of environment $environment differs from the approved plan: something has changed since the approval. Plan again, and have the new plan approved."
    fi
    check_plan --same-zip
    remember_live
    change apply -input=false "$@" "$plan"
    rm -f "$plan"
    ;;
  outputs)
    require_deployed
    terraform output "$@"
    ;;
  recover)
    # Terraform refuses a state that is older than the one in the bucket.
    terraform state push "$unwritten"
    rm -f "$unwritten"
    echo "Wrote the state of $environment to the bucket. To see what is left to change: make plan ENV=$environment"
    ;;
  destroy)
    require_deployed
    if [ "$(terraform output -raw deletion_protection_enabled 2>/dev/null)" = true ]; then
      die "Environment $environment is protected against deletion, because its user pool and its table hold users. To destroy it anyway:
  1. set deletion_protection_enabled = false in terraform/environments/$environment.tfvars
  2. make plan ENV=$environment, then make deploy ENV=$environment
  3. make destroy ENV=$environment"
    fi
    require_terminal "$@"
    change destroy -var-file="environments/$environment.tfvars" "$@"
    ;;
esac
