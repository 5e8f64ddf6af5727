#!/usr/bin/env bash
# Makes the three.js of report.html anew: what scripts/three/entry.js names of npm's package, as one small script that
# defines THREE. Needs npm. Usage: bash scripts/three/bundle.sh [VERSION]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
here=$PWD
assets="$here/../../camera_estimation/export/report/assets"
version="${1:-0.187.0}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

cp entry.js "$folder"
cd "$folder"
npm init -y >/dev/null
npm install --silent "three@$version" esbuild@0.28
npx esbuild entry.js --bundle --minify --format=iife --global-name=THREE --legal-comments=inline \
    --log-level=warning --outfile=three.min.js
if grep -qi "</script" three.min.js; then
    echo "error: the script has </script in it and cannot stand in a page" >&2
    exit 1
fi
cp three.min.js "$assets/three.min.js"
cp node_modules/three/LICENSE "$assets/three.LICENSE"
echo "three.js $version: $(wc -c <"$assets/three.min.js") bytes"
