#!/bin/sh
# Runs Terraform for one environment, in the workspace of the same name.
# Usage: scripts/terraform.sh check|plan|deploy|destroy|outputs|recover <environment> [arguments for terraform]
#        scripts/terraform.sh unlock <environment> <id of the lock>
# `check` does nothing but what each of the others begins with: it looks at what takes no time.
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

# Without a terminal Terraform cannot ask, and would end in the middle with an error about EOF.
require_approval() { # the arguments for terraform destroy
  case " ${TF_CLI_ARGS:-} ${TF_CLI_ARGS_destroy:-} $* " in
    *" -auto-approve "*) ;;
    *) [ -t 0 ] || die "Terraform asks before it deletes anything, and there is no terminal to ask on. To approve beforehand: export TF_CLI_ARGS_destroy=-auto-approve" ;;
  esac
}

require_deployed() {
  state=$(terraform show -json)
  case $state in
    *'"resources":'*) ;;
    *) die "Nothing is deployed in environment $environment. To deploy it: make plan ENV=$environment, then make deploy ENV=$environment" ;;
  esac
}

# Terraform leaves a state that it cannot write in errored.tfstate, whichever environment it is of.
require_written_state() {
  if [ -f "$unwritten" ]; then
    die "terraform/$unwritten is the state of $environment after its last change; it could not be written to the bucket. Nothing else is done before it is. Sign in again if that was the reason, then: make recover ENV=$environment"
  elif [ -f errored.tfstate ]; then
    die "terraform/errored.tfstate is a state that Terraform could not write to the bucket. Nothing else is done before it is. If it is of environment $environment: make recover ENV=$environment"
  fi
}

check_plan() { # the plan, and what to look for
  terraform show -json "$1" | python ../scripts/check_plan.py --environment "$environment" "$2"
}

plan_digest() {
  terraform show -json "$plan" | python ../scripts/plan_digest.py
}

change() { # the arguments of terraform apply or destroy
  # A state that is left behind holds all values.
  if (umask 077 && terraform "$@"); then return; fi
  if [ -f errored.tfstate ]; then
    mv errored.tfstate "$unwritten"
    require_written_state
  fi
  die "Not everything was changed that should be. To see what is left: make plan ENV=$environment"
}

command=${1:-}
environment=${2:-}
case $command in
  check | plan | deploy | destroy | outputs | recover | unlock) ;;
  *) die "Usage: scripts/terraform.sh check|plan|deploy|destroy|outputs|recover|unlock <environment>" ;;
esac
[ -n "$environment" ] || die "Say which environment: add ENV=<environment> to the command, with one of $(known_environments)."
case $environment in
  *[!a-z0-9-]*) known='' ;;
  *) known=environments/$environment.tfvars ;;
esac
[ -f "$known" ] ||
  die "There is no environment \"$environment\"; use one of $(known_environments), or add terraform/environments/$environment.tfvars."
shift 2

command -v "${TERRAFORM:-terraform}" >/dev/null ||
  die "${TERRAFORM:-terraform} is not installed. Install Terraform, version 1.11 or later (https://developer.hashicorp.com/terraform/install), or OpenTofu, 1.10 or later (https://opentofu.org/docs/intro/install), and set TERRAFORM=tofu for that."
terraform() {
  command "${TERRAFORM:-terraform}" "$@"
}
backend=environments/$environment.s3.tfbackend
[ -f "$backend" ] || die "There is no state bucket yet for $environment: make bootstrap ENV=$environment"
unwritten=errored-$environment.tfstate
case $command in
  unlock)
    [ -n "${1:-}" ] || die "Say which lock: make unlock ENV=$environment LOCK=<id>, with the id that make plan ENV=$environment shows."
    python -m scripts.state unlock "$environment" "$1"
    exit
    ;;
  recover) ;;
  *) require_written_state ;;
esac
[ "$command" != check ] || exit 0

# Each environment has a folder of its own, so that two terminals never mix.
export TF_DATA_DIR=.terraform/"$environment"
# It names commands of its own otherwise, where ours are `make`.
export TF_IN_AUTOMATION=1
plan=$TF_DATA_DIR/plan

case $command in
  plan | destroy)
    [ -f ../dist/function.zip ] ||
      die "The function's zip file dist/function.zip is not there. Build it first: make package"
    ;;
  deploy)
    [ -f "$plan" ] || die "There is no plan for $environment. Make one and read it first: make plan ENV=$environment"
    ;;
  recover)
    [ -f "$unwritten" ] || unwritten=errored.tfstate
    [ -f "$unwritten" ] || die "There is no state of $environment to recover: neither terraform/errored-$environment.tfstate nor terraform/errored.tfstate."
    ;;
esac

case "$command ${TF_CLI_ARGS_plan:-} " in
  "outputs "* | plan*" -lock=false "*) python -m scripts.state check "$environment" --reads ;;
  "recover "*) python -m scripts.state check "$environment" --recovers "$unwritten" ;;
  *) python -m scripts.state check "$environment" ;;
esac

# Terraform selects no workspace while this is set.
unset TF_WORKSPACE
# The state is where the file says, wherever it was before.
terraform init -input=false -reconfigure -backend-config="$backend" >/dev/null
terraform workspace select -or-create "$environment" >/dev/null
# From here on the workspace is fixed, whatever another terminal selects meanwhile.
export TF_WORKSPACE="$environment"

case $command in
  plan)
    rm -f "$plan" "$plan.new" "$plan.sha256"
    # It has all variables in it, so it is nobody else's to read.
    (umask 077 && terraform plan -input=false -out="$plan.new" -var-file="environments/$environment.tfvars" "$@")
    check_plan "$plan.new" --new || {
      rm -f "$plan.new"
      exit 1
    }
    mv "$plan.new" "$plan"
    plan_digest >"$plan.sha256"
    echo "To make these changes, and no others: make deploy ENV=$environment"
    ;;
  deploy)
    # Set where somebody has read and approved another plan: this one must make the same changes.
    if [ -n "${PLANNED:-}" ] && [ "$(plan_digest)" != "$PLANNED" ]; then
      die "This plan of environment $environment makes other changes than the plan that was approved, so nothing was deployed: the environment has changed since. Have it planned and approved again."
    fi
    check_plan "$plan" --same-zip
    terraform show -json "$plan" | python ../scripts/remember_live.py
    change apply -input=false "$@" "$plan"
    rm -f "$plan"
    ;;
  outputs)
    require_deployed
    terraform output "$@"
    ;;
  recover)
    # Terraform refuses a state that is older than what is there.
    terraform state push "$unwritten"
    rm -f "$unwritten"
    echo "The state of $environment is written. To see what is left to change: make plan ENV=$environment"
    ;;
  destroy)
    require_deployed
    if [ "$(terraform output -raw deletion_protection_enabled 2>/dev/null)" = true ]; then
      die "Environment $environment is protected against deletion: the user pool and the table hold its users. To destroy it all the same:
  1. set deletion_protection_enabled = false in terraform/environments/$environment.tfvars
  2. make plan ENV=$environment, then make deploy ENV=$environment
  3. make destroy ENV=$environment"
    fi
    require_approval "$@"
    change destroy -var-file="environments/$environment.tfvars" "$@"
    ;;
esac
