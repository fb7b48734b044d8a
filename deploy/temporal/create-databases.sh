#!/bin/sh
# Makes Temporal's two databases and brings their schemas up to date. Safe to run again; runs in temporalio/admin-tools.
# Needs SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD, which temporal-sql-tool reads by itself.
set -eu

deadline_seconds=${DEADLINE_SECONDS:-120}
started_at=$(date +%s)

# Runs a command until it succeeds: PostgreSQL may be between two starts.
insist() {
  until "$@"; do
    if [ $(($(date +%s) - started_at)) -ge "$deadline_seconds" ]; then
      echo "Not within $deadline_seconds s: $*" >&2
      exit 1
    fi
    sleep 2
  done
}

for name in temporal visibility; do
  database=temporal
  if [ "$name" = visibility ]; then database=temporal_visibility; fi

  echo "Preparing the database $database"
  insist temporal-sql-tool --database "$database" create-database --defaultdb postgres
  insist temporal-sql-tool --database "$database" setup-schema --version 0.0
  # The schema that is built into the tool, so that it always fits the image's version.
  temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/$name"
done

echo "Temporal's databases are ready"
