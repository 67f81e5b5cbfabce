#!/usr/bin/env bash
# eng/demo-seller.sh: the shop at http://localhost:5080 and a community's site that sells through it at http://127.0.0.1:5090, another origin. Ctrl+C ends both.
set -euo pipefail
cd "$(dirname "$0")/.."
site=http://127.0.0.1:5090
dotnet build samples/DemoSeller -v quiet -clp:NoSummary --nologo
dotnet build Shop.Web -v quiet -clp:NoSummary --nologo
secret=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export ASPNETCORE_ENVIRONMENT=Development
key=$(dotnet run --no-build --no-launch-profile --project Shop.Web -- seed seller "$site" | sed -n 's/^Its publishable key: //p')
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
trap exit INT TERM
Community__ClientId=shop Community__ClientSecret=$secret Community__Name=Harbour Community__Scopes__0=profile \
  Community__AuthorizeUrl=$site/oauth/authorize Community__TokenUrl=$site/oauth/token Community__UserInfoUrl=$site/oauth/userinfo \
  dotnet run --no-build --project Shop.Web </dev/null &
Shop__Address=http://localhost:5080 Shop__Key=$key Shop__Secret=$secret dotnet run --no-build --no-launch-profile --project samples/DemoSeller -- --urls "$site" </dev/null &
wait -n # one without the other is of no use
