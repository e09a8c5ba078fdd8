#!/bin/sh
# PostgreSQL by TLS only. It takes its key only from a file that is its own.
set -eu
install -m 600 /run/secrets/postgres_certificate_key /tmp/server.key
exec docker-entrypoint.sh postgres -c max_connections=150 \
  -c ssl=on -c ssl_cert_file=/run/secrets/postgres_certificate -c ssl_key_file=/tmp/server.key -c ssl_min_protocol_version=TLSv1.2 \
  -c hba_file=/deploy/pg_hba.conf
