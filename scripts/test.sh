#!/usr/bin/env bash
# Installs what the tests need into the environment .venv (made if it is missing) and runs them, several files at
# once; arguments go to pytest (-n 0: one after the other).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

ensure_environment
install_extras test
# The Khronos validator of glTF is a package of npm; without it its tests are skipped.
if command -v npm >/dev/null && npm install --silent --no-save --prefix .venv/node gltf-validator >/dev/null 2>&1; then
    export NODE_PATH="$PWD/.venv/node/node_modules"
fi
# As many processes as the machine suffices for, each with whole files of tests: see tests/support/side_by_side.py.
.venv/bin/python -m pytest --numprocesses auto --dist loadfile "$@"
