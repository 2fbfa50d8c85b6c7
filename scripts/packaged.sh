#!/bin/sh
# packaged.sh <sha256>: fails unless dist/function.zip has this checksum.
set -eu
cd "$(dirname "$0")/.."

zip=dist/function.zip
if [ ! -f "$zip" ]; then
  echo "$zip does not exist. Build it with 'make release', or leave PACKAGED out." >&2
  exit 1
fi
sum=$(if command -v sha256sum >/dev/null; then sha256sum "$zip"; else shasum -a 256 "$zip"; fi)
if [ "${sum%% *}" != "$1" ]; then
  echo "$zip is not the zip to deploy: its sha256 is ${sum%% *}, not $1." >&2
  exit 1
fi
