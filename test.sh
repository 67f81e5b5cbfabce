#!/usr/bin/env bash
# Every test of the project, with all set-up: ./test.sh [--filter WORD] [--no-setup] [PROJECT ...]
#   ./test.sh                          everything, on both database engines
#   ./test.sh Shop.Core.Tests          one test project (more may follow)
#   ./test.sh --filter DF_12           tests whose namespace, class or method contains the word
# The last line is always "N passed, N failed, N skipped". The exit code is 0 only if nothing failed, every project ran
# tests and every class of database tests ran on SQLite and on PostgreSQL (the last two are not asked of a filtered run).
# Results for machines: artifacts/test-results/*.xml (xunit v2 form).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

filter='' setup=1 projects=()
while [ $# -gt 0 ]; do
  case $1 in
    --filter) [ $# -ge 2 ] || { echo "--filter needs a word" >&2; exit 2; }; filter=$2; shift ;;
    --no-setup) setup=0 ;;
    -h | --help) sed -n '2,8s/^# //p' "$0"; exit 0 ;;
    -*) echo "unknown option: $1 (see --help)" >&2; exit 2 ;;
    *) projects+=("$(basename "$1" .csproj)") ;;
  esac
  shift
done
known=$(find tests -mindepth 2 -maxdepth 2 -name '*.Tests.csproj' -printf '%f\n' | sed 's/\.csproj$//' | sort)
whole=0
if [ ${#projects[@]} -eq 0 ]; then
  mapfile -t projects <<<"$known"
  [ -n "$filter" ] || whole=1
fi
for project in "${projects[@]}"; do
  grep -qxF "$project" <<<"$known" || { echo "no such test project: $project; there are: $(echo $known)" >&2; exit 2; }
done

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# no build server outlives the run; the compiler, kept warm for one build, is ended after it
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1
configuration=${CONFIGURATION:-Debug}
limit=${SHOP_TEST_TIMEOUT:-1800}
results=$PWD/artifacts/test-results
mkdir -p "$results" && rm -f "$results"/*.xml

cluster='' child='' started=$SECONDS passed=0 failed=0 skipped=0
problems=()

# The names of the tests that failed and the first words of why, from the results of a project.
failures() {
  awk -v RS='<' '
    /^test / { name = ""; if ($0 ~ / result="Fail"/ && match($0, / name="[^"]*"/)) name = substr($0, RSTART + 7, RLENGTH - 8) }
    /^message>/ && name != "" { name = name " (said below)" }
    /^!\[CDATA\[/ && name ~ / \(said below\)$/ {
      sub(/ \(said below\)$/, "", name); said = substr($0, 9); sub(/\]\]>.*/, "", said); gsub(/[\r\n]+/, " ", said)
      print name ": " substr(said, 1, 300); name = ""
    }' "$1" 2>/dev/null
}

# The one way out: stops what was started and says the sums, whatever happened before.
finish() {
  local code=$?
  trap - EXIT INT TERM HUP
  if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null; wait "$child" 2>/dev/null; fi
  if [ -n "$cluster" ]; then bash eng/pg-test.sh stop "$cluster" || true; rm -rf "$cluster"; fi
  # once more at the end, where a log that is cut keeps them
  if [ "$failed" -gt 0 ]; then
    echo
    for file in "$results"/*.xml; do failures "$file" | sed 's/^/FAILED: /'; done
  fi
  if [ ${#problems[@]} -gt 0 ]; then
    echo
    printf 'PROBLEM: %s\n' "${problems[@]}"
    [ "$code" -ne 0 ] || code=1
  fi
  [ "$failed" -eq 0 ] || [ "$code" -ne 0 ] || code=1
  echo
  echo "$((SECONDS - started)) s"
  echo "$passed passed, $failed failed, $skipped skipped"
  exit "$code"
}
trap finish EXIT
trap 'problems+=("stopped by a signal"); exit 130' INT TERM HUP

# Runs a command so that a signal reaches this script at once and not only when the command has ended.
run() {
  "$@" &
  child=$!
  wait "$child"
  local code=$?
  child=''
  return "$code"
}

stop_with() { problems+=("$1"); exit 1; }

if [ "$setup" -eq 1 ]; then
  echo "== set-up"
  run bash eng/setup.sh || stop_with "the set-up failed"
fi

for project in Shop.Web Shop.Core Shop.Payments Shop.Accounts $known; do
  grep -qF "$project.csproj" DreamShop.sln || stop_with "$project is not in DreamShop.sln"
done

echo "== build ($configuration)"
if [ "$whole" -eq 1 ]; then targets=(DreamShop.sln); else targets=("${projects[@]/%/.csproj}"); fi
for target in "${targets[@]}"; do
  [ -f "$target" ] || target=tests/${target%.csproj}/$target
  run dotnet build "$target" --no-restore -c "$configuration" -p:UseSharedCompilation=true -v quiet -clp:NoSummary --nologo || stop_with "the build failed"
done
dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1 || true
run bash eng/ahead.sh "$configuration" || stop_with "compiling beforehand failed"

if [ -z "${SHOP_TEST_POSTGRES:-}" ]; then
  cluster=$(mktemp -d "${TMPDIR:-/tmp}/shop-pg.XXXXXX")
  SHOP_TEST_POSTGRES=$(bash eng/pg-test.sh start "$cluster") || stop_with "PostgreSQL did not start"
  export SHOP_TEST_POSTGRES
fi
if [ -z "${SHOP_CHROMIUM:-}" ]; then
  for browser in chromium chromium-browser google-chrome; do
    if command -v "$browser" >/dev/null; then SHOP_CHROMIUM=$(command -v "$browser"); export SHOP_CHROMIUM; break; fi
  done
fi

attribute() { sed -nE "s/.* $1=\"([0-9]+)\".*/\1/p" <<<"$2"; }

for project in "${projects[@]}"; do
  echo
  echo "== $project"
  program=tests/$project/bin/$configuration/net10.0/$project
  [ -x "$program" ] || { problems+=("$project was not built"); continue; }
  selection=()
  [ -z "$filter" ] || selection=(-method "*$filter*")
  before=$SECONDS
  run timeout --kill-after=10 "$limit" "$program" -noLogo -noColor -reporter quiet -longRunning 120 \
    "${selection[@]}" -xml "$results/$project.xml" </dev/null
  code=$?
  if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then problems+=("$project did not end within $limit s"); fi
  summary=$(grep -om1 '<assembly [^>]*>' "$results/$project.xml" 2>/dev/null)
  if [ -z "$summary" ]; then
    problems+=("$project ended with code $code and left no results")
    continue
  fi
  p=$(attribute passed "$summary") f=$(attribute failed "$summary") s=$(attribute skipped "$summary") e=$(attribute errors "$summary")
  # an error outside a test (a fixture that could not be taken down) counts as a failure
  passed=$((passed + p)) failed=$((failed + f + e)) skipped=$((skipped + s))
  echo "$project: $p passed, $((f + e)) failed, $s skipped ($((SECONDS - before)) s)"
  if [ "$((p + f + e))" -eq 0 ] && [ -z "$filter" ]; then problems+=("$project ran no test"); fi
  if [ "$code" -ne 0 ] && [ "$((f + e))" -eq 0 ]; then problems+=("$project ended with code $code although no test failed"); fi
done

if [ -n "$filter" ] && [ "$((passed + failed))" -eq 0 ]; then problems+=("no test matches \"$filter\""); fi

# Database tests are written once and have a leaf class per engine: Name_Sqlite and Name_Postgres.
if [ -z "$filter" ]; then
  while IFS= read -r line; do [ -z "$line" ] || problems+=("$line"); done < <(
    cat "$results"/*.xml 2>/dev/null | awk -v RS='<' '
      /^test / {
        if (!match($0, / type="[^"]*"/)) next
        type = substr($0, RSTART + 7, RLENGTH - 8)
        if (type !~ /_(Sqlite|Postgres)$/) next
        base = type; sub(/_(Sqlite|Postgres)$/, "", base)
        engine = substr(type, length(base) + 2)
        bases[base] = 1
        if ($0 ~ / result="(Pass|Fail)"/) ran[base, engine]++
        else left[base, engine]++
      }
      /^!\[CDATA\[SHOP_TEST_POSTGRES / { absent++ }
      END {
        if (absent) print absent " tests found no PostgreSQL"
        for (base in bases) {
          if (!ran[base, "Sqlite"]) print base " did not run on SQLite"
          if (!ran[base, "Postgres"]) print base " did not run on PostgreSQL"
          if (left[base, "Sqlite"] != left[base, "Postgres"]) print base " skipped other tests on one engine than on the other"
        }
      }')
fi
exit 0
