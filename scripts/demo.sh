#!/usr/bin/env bash
# Makes the environment .venv, installs the package into it and runs the packaged example into out/demo.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

ensure_environment
install_package .
.venv/bin/camera-estimate --demo --output_dir out/demo --overwrite "$@"
echo
echo "The picture:  $PWD/out/demo/spot/comparison.png"
echo "The camera:   $PWD/out/demo/poses.json"
echo "Your own:     $PWD/.venv/bin/camera-estimate -h"
