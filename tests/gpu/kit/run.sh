#!/usr/bin/env bash
# Unpack the kit and do its steps; OUT gets report.json, report.md and a log of each step.
#     bash run.sh OUT [--small] [STEP ...]
# No network is used. Each step has a limit of its own, and one that fails costs no other.
set -euo pipefail
out=${1:?name a folder for the report: bash run.sh OUT}
shift
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$(dirname "$0")"
PYTHON=${PYTHON:-python3}

[ -d project ] || tar xf project.tar.xz
find data -name '*.gz' -exec gunzip --keep --force {} +
[ -d site ] || "$PYTHON" -m pip install --quiet --no-index --no-deps --no-compile --no-warn-script-location \
    --disable-pip-version-check --target site wheels/*.whl

export PYTHONPATH="$PWD/project/src:$PWD/site"
export CNNBOOK_DATA="$PWD/data" CNNBOOK_CACHE="$PWD/cache" CUBLAS_WORKSPACE_CONFIG=:4096:8
cd project
exec "$PYTHON" -m tests.gpu.kit.steps "$out" "$@"
