#!/bin/sh
# Signs the bodies beside this file with openssl, so that the tests judge the shop by signatures that it did not make itself.
# A body is NAME.json; its signature with secret WHICH at the time below goes to NAME.WHICH.hex. Run it here after changing a body.
set -eu
cd "$(dirname "$0")"
time=1772366400
sign() {
    body=$1 which=$2 secret=$3
    { printf '%s.' "$time"; cat "$body.json"; } | openssl dgst -sha256 -hmac "$secret" -hex | sed 's/^.*= //' > "$body.$which.hex"
}
for body in *.json; do
    sign "${body%.json}" old a-secret-for-the-tests
done
sign captured new the-next-secret-for-the-tests
sign captured stranger a-secret-of-somebody-else
