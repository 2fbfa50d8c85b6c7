#!/bin/sh
# Prints the path of the Python to use, or what to install. It prefers the exact version in
# .tool-versions, which builds the same zip on every machine, and else takes any 3.13.
# PYTHON=<path> chooses another one.
set -eu
cd "$(dirname "$0")/.."

while read -r tool version; do
  if [ "$tool" = python ]; then exact=$version; fi
done <.tool-versions

die() {
  echo "$*" >&2
  exit 1
}

# Prints a Python's version, whether it can create virtual environments, and its path. Fails for the
# pyenv shim of a version that is not switched on.
describe() {
  "$1" -c 'import importlib.util, sys
print("%d.%d.%d" % sys.version_info[:3], importlib.util.find_spec("ensurepip") is not None, sys.executable)' 2>/dev/null
}

other='' incomplete=''
try() {
  read -r version has_venv path <<END
$(describe "$1")
END
  case $version in
    3.13.*) ;;
    *) return 0 ;;
  esac
  if [ "$has_venv" != True ]; then
    incomplete=${incomplete:-$path}
  elif [ "$version" = "$exact" ]; then
    echo "$path"
    exit
  else
    other=${other:-$path}
  fi
}

if [ -n "${PYTHON:-}" ]; then
  try "$PYTHON"
  [ -n "$other$incomplete" ] || die "PYTHON is $PYTHON, but that is not a working Python 3.13. Name another one, or unset PYTHON."
else
  # pyenv, asdf, mise and uv may have a Python 3.13 that is not on the PATH.
  for candidate in python3.13 python3 python \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13.*/bin/python3.13 \
    "${ASDF_DATA_DIR:-$HOME/.asdf}"/installs/python/3.13.*/bin/python3.13 \
    "${MISE_DATA_DIR:-$HOME/.local/share/mise}"/installs/python/3.13.*/bin/python3.13 \
    "${UV_PYTHON_INSTALL_DIR:-$HOME/.local/share/uv/python}"/cpython-3.13.*/bin/python3.13; do
    try "$candidate"
  done
fi

if [ -n "$other" ]; then
  echo "$other"
elif [ -n "$incomplete" ]; then
  die "$incomplete cannot create virtual environments. On Debian or Ubuntu, install the missing package: apt-get install python3.13-venv"
else
  die "Python 3.13 is missing. Install it (https://www.python.org/downloads/, or 'uv python install $exact'), and try again."
fi
