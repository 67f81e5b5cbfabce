#!/usr/bin/env bash
# Compiles the libraries that cost most at each start beforehand and puts them over those of the built tests: eng/ahead.sh [Debug|Release]
# The tests start the shop some two hundred times, and a start spends a quarter of its time on compiling EF. The shop that is
# deployed stays as it is. Where the compiler cannot be had, it says so and changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
configuration=${1:-Debug}
libraries=(Microsoft.EntityFrameworkCore Microsoft.EntityFrameworkCore.Relational Microsoft.EntityFrameworkCore.Sqlite
  Microsoft.Data.Sqlite Npgsql Npgsql.EntityFrameworkCore.PostgreSQL)

leave() { echo "nothing is compiled beforehand, so the tests take longer: $1"; exit 0; }

[ "$(uname -sm)" = 'Linux x86_64' ] || leave "only for Linux on x64"
version=$(sed -nE 's/.*crossgen2.*Version="\[([0-9.]+)\]".*/\1/p' eng/ahead/ahead.csproj)
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}
compiler=$packages/microsoft.netcore.app.crossgen2.linux-x64/$version/tools/crossgen2
[ -e "$compiler" ] || dotnet restore eng/ahead/ahead.csproj -v quiet >/dev/null 2>&1 || leave "crossgen2 $version cannot be restored"
[ -e "$compiler" ] || leave "crossgen2 $version is not at its place"
chmod +x "$compiler" 2>/dev/null || true
runtime() { dotnet --list-runtimes | sed -nE "s/^$1 (10\.[0-9.]+) \[(.*)\]$/\2\/\1/p" | tail -1; }
framework=$(runtime Microsoft.NETCore.App) web=$(runtime Microsoft.AspNetCore.App)
[ -d "$framework" ] && [ -d "$web" ] || leave "the runtime was not found"

mapfile -t folders < <(ls -d tests/*.Tests/bin/"$configuration"/net10.0 Shop.Web/bin/crash-points/net10.0 2>/dev/null)
[ ${#folders[@]} -gt 0 ] || leave "nothing is built"
ahead=$PWD/artifacts/ahead
mkdir -p "$ahead"

# compile LIBRARY FOLDER...: what was compiled stays, beside the library it was made of
compile() {
  local library=$1 from
  shift
  for folder in "$@"; do
    from=$folder/$library.dll
    if [ ! -e "$from" ] || cmp -s "$from" "$ahead/$library.dll"; then continue; fi
    if ! cmp -s "$from" "$ahead/$library.from"; then
      "$compiler" "$from" -r "$folder/*.dll" -r "$web/*.dll" -r "$framework/*.dll" --targetos linux --targetarch x64 -O \
        -o "$ahead/$library.new" >"$ahead/$library.log" 2>&1 || { echo "$library could not be compiled beforehand: see artifacts/ahead"; return 0; }
      cp "$from" "$ahead/$library.from"
      mv "$ahead/$library.new" "$ahead/$library.dll"
    fi
    # in one step: another one may be reading it
    cp "$ahead/$library.dll" "$from.new" && mv "$from.new" "$from"
  done
}
turn() { while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done; }
for library in "${libraries[@]}"; do
  compile "$library" "${folders[@]}" &
  turn
done
# ours only where it is started again and again
for library in Shop.Accounts Shop.Core Shop.Payments Shop.Web; do
  compile "$library" Shop.Web/bin/crash-points/net10.0 &
  turn
done
wait
