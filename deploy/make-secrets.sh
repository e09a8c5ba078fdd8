#!/bin/sh
# Makes what the stack keeps secret: random values, one file each, in deploy/secrets or the directory given.
# What is there already stays as it is. An API key is shown once, here; the merchants file holds its SHA-256 only.
#   deploy/make-secrets.sh [DIRECTORY]
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$here/secrets}

random() { # BYTES, in base64
  head -c "$1" /dev/urandom | base64 | tr -d '\n'
}
url_safe() { tr '+/' '-_' | tr -d '='; }
sha256() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1; }

# The directory lets nobody else in; the files must be readable by the users of the containers.
mkdir -p "$dir"
chmod 700 "$dir"
keep() { # NAME VALUE
  [ ! -e "$dir/$1" ] || return 0
  printf '%s\n' "$2" >"$dir/$1.new"
  chmod 644 "$dir/$1.new"
  mv "$dir/$1.new" "$dir/$1"
  echo "$dir/$1" >&2
}

keep postgres_password "$(random 32 | url_safe)"
keep payload_keys "k1:$(random 32)"
keep merchant_1_password "$(random 32 | url_safe)"
keep merchant_1_webhook_token "$(random 32 | url_safe)"
# For Kubernetes; the issuer gives another.
keep oidc_client_secret "$(random 32 | url_safe)"

if [ ! -e "$dir/merchants.json" ]; then
  merchants=$(cat "$here/merchants.example.json")
  for id in pos-backend operator; do
    key=$(random 32 | url_safe)
    digest=$(printf %s "$key" | sha256)
    merchants=$(printf '%s\n' "$merchants" | sed "s/<sha256 of $id>/$digest/")
    echo "API key of $id: $key"
  done
  keep merchants.json "$merchants"
fi
