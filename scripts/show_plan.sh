#!/bin/sh
# show_plan.sh <environment> [<pull request>]: plans, and writes the plan into the job's summary, where people read it
# before they approve it. With a pull request, it also writes a comment there, or replaces its older comment. The plan's
# sha256 becomes the step's output `planned`. Runs in a workflow. The comment needs `gh` with a token.
set -eu
cd "$(dirname "$0")/.."

environment=$1 pull_request=${2:-}
longest=60000 # GitHub takes 65,536 characters
marker="<!-- plan of $environment -->"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

status=0
# Without a lock, because the role that plans may not write one, and a cancelled job would leave it behind.
TF_CLI_ARGS_plan="-no-color -lock=false" scripts/terraform.sh plan "$environment" >"$scratch/plan" 2>&1 || status=$?
cat "$scratch/plan"

summary="The plan failed."
if [ "$status" -eq 0 ]; then
  summary=$(grep -E '^(Plan: |No changes\.)' "$scratch/plan" || echo "Only outputs change.")
  echo "planned=$(cat "terraform/.terraform/$environment/plan.sha256")" >>"$GITHUB_OUTPUT"
fi
{
  # shellcheck disable=SC2016 # the fence of a code block, not a command
  printf '%s\n<details><summary><b>%s</b>: %s</summary>\n\n````text\n' "$marker" "$environment" "$summary"
  head -c "$longest" "$scratch/plan"
  if [ "$(wc -c <"$scratch/plan")" -gt "$longest" ]; then echo "… the rest is in the log"; fi
  printf '\n````\n</details>\n'
} >"$scratch/body"
cat "$scratch/body" >>"$GITHUB_STEP_SUMMARY"
[ -n "$pull_request" ] || exit "$status"

comments=repos/$GITHUB_REPOSITORY/issues/$pull_request/comments
old=$(gh api --paginate "$comments" --jq ".[] | select(.body | startswith(\"$marker\")) | .id" | head -n 1)
if [ -n "$old" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$old" --field "body=@$scratch/body" --silent
else
  gh api --method POST "$comments" --field "body=@$scratch/body" --silent
fi
exit "$status"
