#!/usr/bin/env bash
# Measures the shop as it is deployed: eng/bench.sh [--engine sqlite|postgres] [--seconds 20] … (--help tells the rest).
# Publishes it, starts it on a fresh database, lets buyers check out, measures the bare limits beside it, and checks the books.
# eng/bench.sh renewals --engine postgres --count 1000,10000 charges so many subscriptions instead, by two workers at the provider simulator.
# eng/bench.sh sellers --engine sqlite --transactions 10000,100000 lists buyers' transactions by the sellers' interface.
# eng/bench.sh sessions lets readers who have paid come again: at resources of the shop, at a page of another site behind the paywall, and the check alone.
# With --engine postgres it starts a throw-away server of its own, with durable settings, unless --postgres names one.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1 DOTNET_NOLOGO=1
shop=$PWD/artifacts/bench/shop
dotnet publish Shop.Web -c Release -o "$shop" -v quiet --nologo -clp:NoSummary
dotnet build tests/Shop.Benchmarks -c Release -v quiet --nologo -clp:NoSummary
what=()
name=sqlite
case " $* " in *" --engine postgres "*) name=postgres ;; esac
engine=$name
if [ "${1:-}" = renewals ]; then
  dotnet build tests/Shop.ProviderSimulator -c Release -v quiet --nologo -clp:NoSummary
  what=(renewals)
  name=renewals
  shift
elif [ "${1:-}" = sellers ]; then
  what=(sellers)
  name=sellers-$engine
  shift
elif [ "${1:-}" = sessions ]; then
  what=(sessions)
  name=sessions-$engine
  shift
fi
arguments=("${what[@]}" --shop "$shop" "$@")
case " $* " in *" --out "*) ;; *) arguments+=(--out "$PWD/artifacts/bench/$name.json") ;; esac
cluster=''
finish() { [ -z "$cluster" ] || { bash eng/pg-test.sh stop "$cluster" || true; rm -rf "$cluster"; }; }
trap finish EXIT
if [ "$engine" = postgres ] && [[ " $* " != *" --postgres "* ]]; then
  cluster=$(mktemp -d "${TMPDIR:-/tmp}/shop-pg.XXXXXX")
  arguments+=(--postgres "$(SHOP_PG_DURABLE=1 bash eng/pg-test.sh start "$cluster")")
fi
tests/Shop.Benchmarks/bin/Release/net10.0/Shop.Benchmarks "${arguments[@]}"
