#!/bin/sh
# Makes the Temporal namespace of Holdfast and its search attributes. Safe to run again.
# Needs nothing but the temporal CLI and TEMPORAL_ADDRESS; everything waits at most until one common deadline.
set -eu

address=${TEMPORAL_ADDRESS:?must be host:port}
namespace=${TEMPORAL_NAMESPACE:-default}
# How long Temporal keeps the history of what has ended.
retention=${TEMPORAL_RETENTION:-168h}
deadline_seconds=${DEADLINE_SECONDS:-120}
search_attributes='HoldfastRepository HoldfastHook HoldfastEvent'

started_at=$(date +%s)

ask() {
  temporal "$@" --address "$address" --command-timeout 10s
}

# Runs a command until it succeeds: the server may still be starting, and learns of a new namespace only after seconds.
insist() {
  until "$@"; do
    if [ $(($(date +%s) - started_at)) -ge "$deadline_seconds" ]; then
      echo "Not within $deadline_seconds s: $*" >&2
      exit 1
    fi
    sleep 1
  done
}

keep_namespace() {
  if ask operator namespace describe --namespace "$namespace" >/dev/null 2>&1; then
    ask operator namespace update --namespace "$namespace" --retention "$retention"
  else
    ask operator namespace create --namespace "$namespace" --retention "$retention"
  fi
}

keep_search_attributes() {
  known=$(ask operator search-attribute list --namespace "$namespace" --output json) || return 1
  for name in $search_attributes; do
    case $known in
      *"\"$name\""*) ;;
      *) ask operator search-attribute create --namespace "$namespace" --name "$name" --type Keyword || return 1 ;;
    esac
  done
}

insist ask operator cluster health
insist keep_namespace
insist keep_search_attributes
echo "The namespace $namespace is ready"
