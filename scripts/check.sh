#!/usr/bin/env bash
# Installs what the checks need into the environment .venv (made if it is missing) and runs all that is not a test:
# style, types, layers, names, the documentation site, and the fast tests with shapes and types checked as they run.
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
NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet --site-dir "$(mktemp -d)"
# Kernels are compiled for GPUs in the tests: shapes have no part in that.
python -m pytest --quiet --check-shapes -m "not slow" --ignore tests/rendering/test_cuda_compilation.py \
    tests/geometry tests/losses tests/poses tests/refinement tests/rendering tests/search
