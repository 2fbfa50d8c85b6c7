#!/usr/bin/env bash
# Prints the path of a Python 3.13 that runs, or says in one line what to install.
set -euo pipefail

candidates=(
  "${PYTHON:-}" python3.13 python3 python
  # Not on the PATH unless switched on: pyenv, asdf, mise, uv.
  "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13.*/bin/python3.13
  "${ASDF_DATA_DIR:-$HOME/.asdf}"/installs/python/3.13.*/bin/python3.13
  "${MISE_DATA_DIR:-$HOME/.local/share/mise}"/installs/python/3.13.*/bin/python3.13
  "${UV_PYTHON_INSTALL_DIR:-$HOME/.local/share/uv/python}"/cpython-3.13.*/bin/python3.13
)

for candidate in "${candidates[@]}"; do
  # A pyenv shim is there for versions that are not switched on, too, and then fails.
  if [[ -n "$candidate" ]] && "$candidate" -c \
    'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then
    exec "$candidate" -c 'import sys; print(sys.executable)'
  fi
done

echo "Python 3.13 is missing: install it (https://www.python.org/downloads/, or 'uv python install 3.13') and try again." >&2
exit 1
