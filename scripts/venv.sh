#!/bin/sh
# venv.sh <folder> <requirements>: creates a virtual environment with these pinned packages and no others.
# Its file .ready says that it is complete.
set -eu
cd "$(dirname "$0")/.."

folder=$1 requirements=$2
python=$(scripts/python.sh)

echo "Setting up $folder from $requirements (once)"
rm -rf "$folder"
"$python" -m venv "$folder"
"$folder/bin/python" scripts/isolated_pip.py "$requirements"
touch "$folder/.ready"
