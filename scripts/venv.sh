#!/bin/sh
# venv.sh <folder> <requirements>: a fresh virtual environment with just these pinned packages.
# It is complete when its file .ready is there.
set -eu
cd "$(dirname "$0")/.."

folder=$1 requirements=$2
python=$(scripts/python.sh)

echo "Setting up $folder from $requirements (once)"
rm -rf "$folder"
"$python" -m venv "$folder"
"$folder/bin/python" scripts/isolated_pip.py "$requirements"
touch "$folder/.ready"
