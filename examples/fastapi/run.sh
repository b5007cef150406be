#!/usr/bin/env bash
# The service before and after, each with `poolbench tap` before its Postgres. Everything is installed into a private
# environment under target/, and the servers are throw-away ones. POOLBENCH names another poolbench than cargo's.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
environment="$root/target/fastapi"
poolbench="${POOLBENCH:-}"
if [ -z "$poolbench" ]; then
  cargo build --release --quiet --manifest-path "$root/Cargo.toml"
  poolbench="$root/target/release/poolbench"
fi
if [ ! -x "$environment/bin/uvicorn" ]; then
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet -r "$here/requirements.txt"
fi

# A Redis of our own, at a socket in a private folder, where there is one on this machine.
folder="$(mktemp -d)"
redis=""
stop() { [ -z "$redis" ] || kill "$redis" 2>/dev/null || true; rm -rf "$folder"; }
trap stop EXIT
if server="$(command -v redis-server || command -v valkey-server)"; then
  "$server" --port 0 --unixsocket "$folder/redis" --save '' --dir "$folder" >/dev/null &
  redis=$!
  export REDIS_SOCKET="$folder/redis"
fi

export PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1
for which in before after; do
  printf '\n== %s\n\n' "$which"
  "$poolbench" tap --gaps 3 --out "${OUT:-$root/reports}" -- "$environment/bin/python" "$here/drive.py" "$which"
done
