#!/usr/bin/env bash
# A till with curl: API=… KEY=… ./till.sh REFERENCE
set -euo pipefail
: "${API:?}" "${KEY:?}"
reference=$1
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

# Sends a request until it is answered for good: --retry is for 429 and 5xx, after Retry-After; --retry-all-errors for answers that do not come.
call() { # METHOD PATH CURL-OPTIONS…: the body goes to stdout, the headers to $folder/headers
  local method=$1 path=$2 status
  shift 2
  : >"$folder/body"
  status=$(curl -sS -o "$folder/body" -D "$folder/headers" -w '%{http_code}' --retry 8 --retry-max-time 60 --retry-all-errors --max-time 60 \
    -X "$method" "$API$path" -H "Authorization: Bearer $KEY" "$@")
  [[ $status == [23]?? ]] || { printf '%s: %s\n' "$status" "$(field detail <"$folder/body")" >&2 && exit 1; }
  cat "$folder/body"
}
header() { tr -d '\r' <"$folder/headers" | sed -n "s/^$1: //Ip" | tail -n 1; }
field() { printf '%s\n' "$(sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p")"; }

place() { # REFERENCE
  cat >"$folder/order.json" <<JSON
{
  "merchant": { "id": "merchant_1", "store_ref": "store_1" }, "operator_ref": "clerk@shop.example", "reference": "$1",
  "mobile_phone": "+34666123456", "given_names": "María", "surnames": "García López", "date_of_birth": "1990-01-01", "nin": "12345678Z",
  "address": "Calle Mayor 1", "postal_code": "08001", "city": "Barcelona",
  "cart_items": [{ "reference": "FRAME-001", "name": "Designer Frame", "price_with_tax": 25000, "quantity": 1 }]
}
JSON
  call POST /v1/orders -H 'Content-Type: application/json' -H 'Prefer: wait=5' -d @"$folder/order.json" | field id
}

# Answers with the order as soon as it matches a pattern; the long poll is answered when it changes.
wait_for() { # PATH PATTERN
  local order etag
  order=$(call GET "$1")
  until [[ $order =~ $2 ]]; do
    etag=$(header etag)
    order=$(call GET "$1?wait=30" -H "If-None-Match: $etag")
  done
  printf '%s' "$order"
}
path_of() { printf '/v1/orders/%s' "$(printf '%s' "$1" | sed 's/%/%25/g; s/:/%3A/g')"; }

id=$(place "$reference")
echo "taken $id"
# The same request again is the same order.
again=$(place "$reference")
echo "again $again"

order=$(path_of "$id")
wait_for "$order" '"sent":[1-9]' >/dev/null
# Sent twice with one key, it is one more SMS.
for _ in 1 2; do
  sent=$(call POST "$order/send_sms" -H "Idempotency-Key: $reference-sms-2" | field sent)
done
echo "sms $sent"
call POST "$order/cancel" | field status

id=$(place "signs-$reference")
# Final, and no human has to look.
wait_for "$(path_of "$id")" '"attention":null.*"closed_at":"' | field status
