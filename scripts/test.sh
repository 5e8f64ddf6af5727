#!/usr/bin/env bash
# Installs what the tests need into the environment .venv (made if it is missing) and runs them; arguments go to pytest.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

# PyTorch3D, which our renderer is compared with, has wheels for torch 2.12 on Linux only. An environment that has another
# torch keeps it, and the tests that need PyTorch3D are skipped there.
extras() {
    local torch
    torch=$(.venv/bin/python -c 'import importlib.metadata as m; print(m.version("torch"))' 2>/dev/null) || torch=none
    case "$(uname -sm) $torch" in
    "Linux x86_64 none" | "Linux x86_64 2.12."*) echo "test,pytorch3d" ;;
    *) echo "test" ;;
    esac
}

ensure_environment
.venv/bin/python -m pip install --quiet --disable-pip-version-check -e ".[$(extras)]"
.venv/bin/python -m pytest "$@"
