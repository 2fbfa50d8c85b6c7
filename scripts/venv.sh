#!/usr/bin/env bash
# venv.sh <folder> <requirements>: a fresh virtual environment with just these pinned packages.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1 requirements=$2
python=$(scripts/python.sh)

echo "Setting up $folder from $requirements (once)"
# A half-made one must not be taken for a whole one.
trap 'rm -rf "$folder"' ERR INT TERM
rm -rf "$folder"
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
  --require-hashes --no-deps --requirement "$requirements"
touch "$folder/.ready"
