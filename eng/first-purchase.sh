#!/usr/bin/env bash
# The seven calls of a buyer's first purchase through the sellers' interface, in order, at the sandbox (docs/sellers.md):
# SHOP=http://localhost:5080 KEY=ds_… PRODUCT=gold eng/first-purchase.sh
set -euo pipefail
shop=${SHOP:-http://localhost:5080}
key=${KEY:?the seller\'s key}
product=${PRODUCT:?the id of a recurring product of the seller}
run=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')

# call NAME METHOD PATH BODY: says what it does, prints the answer, and fails where it is a refusal
call() {
  local answer code=0
  echo "$1: $2 /api/v1$3" >&2
  answer=$(curl -sS --fail-with-body -X "$2" "$shop/api/v1$3" \
    -H "Authorization: Bearer $key" -H "Content-Type: application/json" -H "Idempotency-Key: $run-$1" -d "$4") || code=$?
  echo "$answer"
  echo "$answer" >&2
  return "$code"
}

# field NAME: its text in the JSON on the input
field() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

buyer=$(call 1 POST /buyer "{\"uuid\":\"person-$run\",\"email\":\"ann@example.org\"}" | field id)
token=$(call 2 POST /provider/tokenized-payment-method "{\"buyer\":\"$buyer\",\"card\":\"ok\"}" | field token)
payment=$(call 3 POST /payment "{\"buyer\":\"$buyer\",\"token\":\"$token\"}" | field id)
subscription=$(call 4 POST /subscription "{\"buyer\":\"$buyer\",\"product\":\"$product\",\"payment\":\"$payment\"}" | field id)
transaction=$(call 5 POST /transaction "{\"subscription\":\"$subscription\"}" | field id)
state=$(call 6 POST /provider/charge-subscription "{\"transaction\":\"$transaction\"}" | field state)
call 7 PATCH "/transaction/$transaction" "{\"attempt\":{\"outcome\":\"$state\"}}" >/dev/null
echo "$state"
