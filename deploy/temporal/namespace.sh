#!/bin/sh
# Makes the namespace, or gives the one that is there the retention wanted.
set -eu

waits=0
until temporal operator cluster health; do
  waits=$((waits + 1))
  [ "$waits" -lt 30 ] || exit 1
  sleep 2
done

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi
