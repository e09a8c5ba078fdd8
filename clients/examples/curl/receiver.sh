#!/usr/bin/env bash
# Receives notifications as a CGI program of any web server: NOTIFY_SECRET=whsec_…, and a FOLDER for what it has been told.
set -euo pipefail
: "${NOTIFY_SECRET:?}" "${FOLDER:?}"
body=$(head -c "${CONTENT_LENGTH:-0}"; printf x)
body=${body%x} # to the last byte
refuse() { printf 'Status: 401 Unauthorized\r\n\r\n'; exit; }

[[ ${HTTP_WEBHOOK_TIMESTAMP:-} =~ ^[1-9][0-9]{0,11}$ ]] || refuse
age=$(($(date +%s) - HTTP_WEBHOOK_TIMESTAMP))
((age > -300 && age < 300)) || refuse
key=$(printf '%s' "${NOTIFY_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
signature=$(printf '%s.%s.%s' "${HTTP_WEBHOOK_ID:-}" "$HTTP_WEBHOOK_TIMESTAMP" "$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
# Digests of both, so that how long a comparison takes tells nothing of them.
digest() { printf '%s' "$1" | openssl dgst -sha256; }
isOurs=
for given in ${HTTP_WEBHOOK_SIGNATURE:-}; do [[ $(digest "$given") == "$(digest "v1,$signature")" ]] && isOurs=yes; done
[[ $isOurs ]] || refuse

# It may come twice, and out of order: only what is newer counts. Yours is in your database.
field() { printf '%s' "$body" | sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }
file=$FOLDER/$(digest "$(field id)" | tr -dc '0-9a-f')
exec 9>>"$file.lock"
flock 9
if (($(field revision) > $(cat "$file" 2>/dev/null || echo 0))); then
  field revision >"$file"
  printf '%s %s\n' "$(field id)" "$(field status)" >>"$FOLDER/told"
fi
printf 'Status: 204 No Content\r\n\r\n'
