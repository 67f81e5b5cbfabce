#!/usr/bin/env bash
# Adds a migration for both engines: eng/migrations.sh NAME. With --redo the sets are made anew as one first migration
# (only while no version has been released).
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:?a name for the migration, or --redo}
dotnet tool restore >/dev/null
if [ "$name" = --redo ]; then
  rm -rf Shop.Core/Storage/Migrations
  name=Initial
fi
dotnet build eng/Shop.Migrations -v q -clp:NoSummary
for engine in Sqlite Postgres; do
  dotnet ef migrations add "$name" --no-build --project Shop.Core --startup-project eng/Shop.Migrations \
    --context "${engine}ShopDb" --output-dir "Storage/Migrations/$engine"
done
