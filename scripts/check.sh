#!/usr/bin/env bash
# Installs what the checks need into the environment .venv (made if it is missing) and runs all that is not a test:
# style, types, layers and names, and the fast tests of many rooms with shapes and types checked as they run. The
# documentation site is built in a test.
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
# Kernels are compiled for GPUs in the tests: shapes have no part in that.
python -m pytest --quiet --numprocesses auto --dist loadfile --check-shapes -m "not slow" \
    --ignore tests/rendering/test_cuda_compilation.py tests/batch tests/dataset tests/evaluation tests/geometry tests/images \
    tests/losses tests/mesh tests/poses tests/refinement tests/rendering tests/search
