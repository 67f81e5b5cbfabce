#!/usr/bin/env bash
# What the tests need beyond the .NET SDK, on Debian or Ubuntu. Does only what is missing, so running it again costs seconds.
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet --version >/dev/null 2>&1 || { echo "The .NET SDK 10 is missing (or 'dotnet' is not on the PATH)." >&2; exit 1; }

chromium_works() {
  local name
  for name in "${SHOP_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1; then return 0; fi
  done
  return 1
}
postgres_there() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; }

missing=()
postgres_there || missing+=(postgresql)
chromium_works || missing+=(chromium)
command -v npm >/dev/null || missing+=(nodejs npm)
command -v setpriv >/dev/null || missing+=(util-linux)
command -v curl >/dev/null || missing+=(curl)

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ]; then root=()
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then root=(sudo -n)
  else
    echo "Missing for the tests: ${missing[*]}" >&2
    echo "Installing needs root. Either run this as root, or once: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  command -v apt-get >/dev/null || { echo "Missing for the tests: ${missing[*]} (no apt-get here: install them by hand)" >&2; exit 1; }
  echo "Installing: ${missing[*]}"
  log=$(mktemp)
  # the package would otherwise set up and start a cluster of its own, which no test uses
  if [[ " ${missing[*]} " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    "${root[@]}" mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" | "${root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  if ! { "${root[@]}" apt-get update -qq &&
         "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
           -o Dpkg::Options::=--force-confold "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    echo "apt-get could not install: ${missing[*]}" >&2
    exit 1
  fi
  rm -f "$log"
fi
chromium_works || { echo "No Chromium that starts (on Ubuntu its package is a snap: install Chrome, or name a browser in SHOP_CHROMIUM)." >&2; exit 1; }

# a real SMTP catcher, and what the library for sellers' pages is built and tested with; reinstalled only when the lock file has changed
for folder in tests/tools library; do
  if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.lock-installed"; then
    npm ci --prefix "$folder" --no-audit --no-fund --loglevel=error
    cp "$folder/package-lock.json" "$folder/node_modules/.lock-installed"
  fi
done

dotnet tool restore -v quiet >/dev/null
dotnet restore DreamShop.sln --locked-mode -v quiet -clp:NoSummary
