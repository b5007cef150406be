#!/usr/bin/env bash
# Puts the drivers of other languages into a folder: node-postgres by npm, those of Python by pip, JDBC as Debian has it.
# What is not to be had here is said and left out.
set -uo pipefail
folder="$1"
mkdir -p "$folder" && cd "$folder" || exit 1
left_out() { echo "left out: $1" >&2; }
[ -d node/node_modules/pg ] || npm install --silent --no-fund --no-audit --prefix node pg >/dev/null 2>&1 || left_out node-postgres
if [ ! -f python/ready ]; then
  python3 -m venv python && python/bin/pip install --quiet asyncpg 'psycopg[binary]' psycopg2-binary sqlalchemy \
    greenlet >/dev/null && touch python/ready || left_out 'the drivers of Python'
fi
if [ ! -f jdbc/Drivers.class ]; then
  mkdir -p jdbc
  if [ -f /usr/share/java/postgresql.jar ]; then
    cp -L /usr/share/java/postgresql.jar jdbc/
  else
    (cd jdbc && apt-get download -qq libpostgresql-jdbc-java >/dev/null && dpkg -x ./*.deb . &&
      cp -L usr/share/java/postgresql.jar .) || left_out JDBC
  fi
  [ ! -f jdbc/postgresql.jar ] || javac -cp jdbc/postgresql.jar -d jdbc "$2/Drivers.java" || left_out JDBC
fi
exit 0
