#!/bin/sh
# Makes a database cluster in an empty data folder, runs the .sql files of the mounted folder once, and becomes Postgres.
set -eu
bin=/usr/lib/postgresql/15/bin
export PATH=$bin:/bin
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  umask 077
  mkdir -p "$PGDATA"
  printf '%s' "$POSTGRES_PASSWORD" >/tmp/password
  initdb --username="$user" --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync
  rm /tmp/password
  printf "listen_addresses = '*'\nunix_socket_directories = '/tmp'\njit = off\n" >>"$PGDATA/postgresql.conf"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  if [ "$database" != postgres ]; then
    echo "CREATE DATABASE \"$database\"" | postgres --single -D "$PGDATA" postgres >/dev/null
  fi
  for file in /docker-entrypoint-initdb.d/*.sql; do
    # -j: a statement ends at a semicolon followed by an empty line.
    [ -e "$file" ] && postgres --single -j -D "$PGDATA" "$database" <"$file" >/dev/null
  done
fi
exec postgres -D "$PGDATA" "$@"
