#!/bin/sh
# Makes an authority for one machine, and what it vouches for: the certificates of compose.tls.yaml, beside the secrets or in the directory given.
# What is there already stays as it is: delete a pair to have it made anew, then restart who uses it. Needs openssl.
#   deploy/make-certificates.sh [DIRECTORY]
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$here/secrets}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

YEARS_10=3650
YEAR=397

mkdir -p "$dir"
chmod 700 "$dir"

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

# The key of the authority is for whoever runs this script, and for no container.
if [ ! -e "$dir/authority.pem" ]; then
  key "$dir/authority.key"
  openssl req -x509 -new -key "$dir/authority.key" -sha256 -days "$YEARS_10" -subj '/CN=part-payment-orders authority' \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign' -out "$work/authority.pem"
  chmod 644 "$work/authority.pem"
  mv "$work/authority.pem" "$dir/authority.pem"
  echo "$dir/authority.pem" >&2
fi

certificate() { # NAME USE SUBJECT_ALT_NAMES: NAME.pem and NAME.key, readable by the users of the containers
  [ ! -e "$dir/$1.pem" ] || return 0
  key "$work/$1.key"
  openssl req -new -key "$work/$1.key" -subj "/CN=$1" -out "$work/$1.csr"
  printf 'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\nsubjectAltName=%s\n' "$2" "$3" >"$work/$1.ext"
  openssl x509 -req -in "$work/$1.csr" -CA "$dir/authority.pem" -CAkey "$dir/authority.key" -CAserial "$work/serial" -CAcreateserial \
    -sha256 -days "$YEAR" -extfile "$work/$1.ext" -out "$work/$1.pem" 2>/dev/null
  chmod 644 "$work/$1.key" "$work/$1.pem"
  mv "$work/$1.key" "$work/$1.pem" "$dir/"
  echo "$dir/$1.pem" >&2
}

here_too='DNS:localhost,IP:127.0.0.1'
certificate postgres serverAuth DNS:postgres
# Its services are clients of one another.
certificate temporal serverAuth,clientAuth "DNS:temporal,$here_too"
certificate api serverAuth "DNS:api,$here_too"
certificate ui serverAuth,clientAuth "DNS:ui,$here_too"
certificate desk serverAuth "DNS:desk,$here_too"
certificate simulator serverAuth "DNS:simulator,$here_too"
# The API, the workers and the jobs, as Temporal knows them.
certificate orders clientAuth DNS:orders
