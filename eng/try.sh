#!/usr/bin/env bash
# eng/try.sh: the shop at http://localhost:5080 with Stripe and PayPal, both played by the provider simulator; no account is needed. Ctrl+C ends both.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build tests/Shop.ProviderSimulator -v quiet -clp:NoSummary --nologo
dotnet build Shop.Web -v quiet -clp:NoSummary --nologo
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
trap exit INT TERM
dotnet run --no-build --project tests/Shop.ProviderSimulator </dev/null &
dotnet run --no-build --project Shop.Web --launch-profile simulator </dev/null &
wait -n # one without the other is of no use
