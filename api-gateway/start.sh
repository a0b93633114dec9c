#!/bin/sh
# Renders the configuration, which holds the JWT secret, where only Kong can read it,
# and then becomes Kong.
set -eu
umask 077
/opt/gateway/render.sh /opt/gateway/kong.yml >"$KONG_DECLARATIVE_CONFIG"
exec /docker-entrypoint.sh "$@"
