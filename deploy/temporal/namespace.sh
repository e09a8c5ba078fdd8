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

# Others may start now: it has to be known to who serves them, not only written down.
looks=0
until temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; do
  looks=$((looks + 1))
  [ "$looks" -lt 30 ] || { echo "Temporal does not know the namespace $TEMPORAL_NAMESPACE yet." >&2; exit 1; }
  sleep 1
done
