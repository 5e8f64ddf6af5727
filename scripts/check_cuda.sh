#!/usr/bin/env bash
# On a machine with a CUDA device: the tests that need one and the benchmarks, with one report that can be pasted into an
# issue. Makes the environment .venv if it is missing; arguments go to benchmarks.device_check (--output_dir, --full).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

ensure_environment
install_extras test
.venv/bin/python -m benchmarks.device_check "$@"
