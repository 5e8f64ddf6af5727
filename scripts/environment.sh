# Sourced by demo.sh, test.sh and check.sh: goes to the repository's root and makes the environment .venv there if it is missing.
# PYTHON names another interpreter than python3 to make it with.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    echo "error: $*" >&2
    exit 1
}

is_recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))'
}

ensure_environment() {
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        local python="${PYTHON:-python3}"
        command -v "$python" >/dev/null || fail "$python is not installed; install Python 3.10 or newer"
        is_recent "$python" || fail "$("$python" --version) is too old; install Python 3.10 or newer, or name one: PYTHON=python3.12 bash $0"
        echo "Making the environment .venv"
        "$python" -m venv .venv || fail "$python cannot make an environment; install its venv module (on Debian and Ubuntu the package python3-venv)"
    fi
    is_recent .venv/bin/python || fail ".venv has $(.venv/bin/python --version), which is too old; delete .venv and run this again with Python 3.10 or newer"
}

# Installs the package with an extra. PyTorch3D, which our renderer is compared with, has wheels for torch 2.12 on Linux
# only. An environment that has another torch keeps it, and the tests that need PyTorch3D are skipped there.
install_extras() {
    local torch extras="$1"
    torch=$(.venv/bin/python -c 'import importlib.metadata as m; print(m.version("torch"))' 2>/dev/null) || torch=none
    case "$(uname -sm) $torch" in
    "Linux x86_64 none" | "Linux x86_64 2.12."*) extras="$extras,pytorch3d" ;;
    esac
    install_package ".[$extras]"
}

# Installs the package, with bars where a terminal shows them.
install_package() {
    local quiet=--quiet
    if [ -t 1 ]; then quiet=; fi
    echo "Installing the package and what it needs with pip: some minutes the first time, as torch alone is large"
    .venv/bin/python -m pip install ${quiet:+"$quiet"} --disable-pip-version-check -e "$1"
}
