#!/bin/sh
# Prints the path of the Python to use, or says what to install: the exact version in .tool-versions,
# with which the zip has the same bytes everywhere, else any other 3.13. PYTHON=<path> names another one.
set -eu
cd "$(dirname "$0")/.."

while read -r tool version; do
  if [ "$tool" = python ]; then exact=$version; fi
done <.tool-versions

die() {
  echo "$*" >&2
  exit 1
}

# Prints its version, whether it can make virtual environments, and its path. A pyenv shim exists for
# versions that are not switched on, too, and then fails.
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
  [ -n "$other$incomplete" ] || die "PYTHON is $PYTHON, which is not a Python 3.13 that runs. Name one, or unset PYTHON."
else
  # The last four are not on the PATH unless switched on: pyenv, asdf, mise, uv.
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
  die "$incomplete cannot make virtual environments. On Debian and Ubuntu install what it lacks: apt-get install python3.13-venv"
else
  die "Python 3.13 is missing: install it (https://www.python.org/downloads/, or 'uv python install $exact') and try again."
fi
