#!/usr/bin/env bash
# eng/pictures.sh [WORD]: pictures of every page (or of those whose name has the word), light, dark and on a phone, in artifacts/pictures.
# eng/pictures.sh --docs: the pictures of docs/pictures, anew; a page that did not change gives the same picture.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1
dotnet build tests/Shop.Browser.Tests -v quiet -clp:NoSummary --nologo
run() { tests/Shop.Browser.Tests/bin/Debug/net10.0/Shop.Browser.Tests -noLogo -noColor -explicit only -class "Shop.Browser.Tests.$1" </dev/null; }
if [ "${1:-}" = --docs ]; then
  export SHOP_DOC_PICTURES=$PWD/docs/pictures
  mkdir -p "$SHOP_DOC_PICTURES"
  run DocumentPictures
  # fewer colours make them a third as large, where the tool is there
  if command -v pngquant >/dev/null; then pngquant --force --ext .png --speed 1 --nofs 256 "$SHOP_DOC_PICTURES"/*.png; fi
  exit
fi
export SHOP_PICTURES=$PWD/artifacts/pictures SHOP_PICTURES_OF=${1:-}
mkdir -p "$SHOP_PICTURES"
rm -f "$SHOP_PICTURES"/*"$SHOP_PICTURES_OF"*.png
run Pictures
ls "$SHOP_PICTURES"/*"$SHOP_PICTURES_OF"*.png | wc -l | xargs printf '%s pictures in artifacts/pictures\n'
