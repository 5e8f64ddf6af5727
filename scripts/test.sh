#!/usr/bin/env bash
# Installs what the tests need into the environment .venv (made if it is missing) and runs them; arguments go to pytest.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

ensure_environment
install_extras test
# The Khronos validator of glTF is a package of npm; without it its tests are skipped.
if command -v npm >/dev/null && npm install --silent --no-save --prefix .venv/node gltf-validator >/dev/null 2>&1; then
    export NODE_PATH="$PWD/.venv/node/node_modules"
fi
.venv/bin/python -m pytest "$@"
