#!/usr/bin/env bash
# Installs what the checks need into the environment .venv (made if it is missing) and runs all that is not a test:
# style, types, layers and names. The documentation site is built in a test.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

ensure_environment
install_extras dev
export PATH="$PWD/.venv/bin:$PATH"
ruff check .
ruff format --check .
mypy
lint-imports
python scripts/check_names.py
# Continuous integration runs all tests with shapes checked, and here the files of those that the checks come before.
grep -rl --include="test_*.py" "^@without_shape_checks" tests | xargs python -m pytest --quiet
