#!/usr/bin/env bash
# eng/pictures.sh [WORD]: pictures of every page (or of those whose name has the word), light, dark and on a phone, in artifacts/pictures.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1
export SHOP_PICTURES=$PWD/artifacts/pictures SHOP_PICTURES_OF=${1:-}
mkdir -p "$SHOP_PICTURES"
rm -f "$SHOP_PICTURES"/*"$SHOP_PICTURES_OF"*.png
dotnet build tests/Shop.Browser.Tests -v quiet -clp:NoSummary --nologo
tests/Shop.Browser.Tests/bin/Debug/net10.0/Shop.Browser.Tests -noLogo -noColor -explicit only -class Shop.Browser.Tests.Pictures </dev/null
ls "$SHOP_PICTURES"/*"$SHOP_PICTURES_OF"*.png | wc -l | xargs printf '%s pictures in artifacts/pictures\n'
