#!/bin/bash
# Three databases and two roles, when the server is made. The image runs this once, on an empty volume;
# on a PostgreSQL of your own run it once yourself, with PGHOST and PGUSER of an administrator.
#
# Temporal's role cannot read the people in the store, and the store's role cannot change a workflow.
set -euo pipefail

: "${STORE_PASSWORD:?}" "${TEMPORAL_PASSWORD:?}"

psql --set=ON_ERROR_STOP=1 --no-psqlrc --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
-- Read from the environment: an argument would stand in the list of processes.
\getenv store_password STORE_PASSWORD
\getenv temporal_password TEMPORAL_PASSWORD
CREATE ROLE leadworkflows LOGIN PASSWORD :'store_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE leadworkflows OWNER leadworkflows;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE leadworkflows, temporal, temporal_visibility FROM PUBLIC;
SQL
