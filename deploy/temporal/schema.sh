#!/bin/sh
# Temporal's tables, made and brought to the version of this image. Run again it changes nothing.
# SQL_PASSWORD is read by the tool itself, so that no password stands in the list of processes.
set -eu

: "${SQL_PASSWORD:?}" "${POSTGRES_SEEDS:?}" "${POSTGRES_USER:?}"
schema=/etc/temporal/schema/postgresql/v12

tables() {
  database=$1 folder=$2
  set -- temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_SEEDS" -p "${DB_PORT:-5432}" \
    -u "$POSTGRES_USER" --db "$database"
  "$@" setup-schema -v 0.0
  "$@" update-schema -d "$schema/$folder/versioned"
}

tables temporal temporal
tables temporal_visibility visibility
