#!/usr/bin/env bash
# Installs what the tests need into the environment .venv (made if it is missing) and runs them; arguments go to pytest.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

ensure_environment
install_extras test
.venv/bin/python -m pytest "$@"
