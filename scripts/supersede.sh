#!/bin/sh
# supersede.sh <environment>: cancels older runs of this workflow that wait for an approval of the environment. Such a
# run would block newer ones for up to 30 days. Runs in a workflow. Needs `gh` with a token.
set -eu

environment=$1
runs=repos/$GITHUB_REPOSITORY/actions/runs
workflow=${GITHUB_WORKFLOW_REF%@*} # owner/name/.github/workflows/deploy.yml@refs/heads/main
workflow=${workflow##*/}

waiting=$(gh api --paginate "repos/$GITHUB_REPOSITORY/actions/workflows/$workflow/runs?status=waiting" \
  --jq ".workflow_runs[] | select(.run_number < $GITHUB_RUN_NUMBER) | .id")
for run in $waiting; do
  environments=$(gh api "$runs/$run/pending_deployments" --jq '.[].environment.name')
  # Compare whole lines, because staging is not prod-staging.
  if echo "$environments" | grep -Fqx "$environment"; then
    gh api --method POST "$runs/$run/cancel" --silent
    echo "Cancelled run $run, which waited for an approval of $environment, because this run is newer."
  fi
done
