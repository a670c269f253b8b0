#!/bin/sh
# Entry point of the container: secrets come as files (NAME_FILE), everything else as app.py takes it.
#
#   entry.sh serve
#   entry.sh accounts add head@health.example --role administrator
set -eu
umask 077

for name in CHHLANG_SECRET_KEY CHHLANG_PSEUDONYM_KEY CHHLANG_PREVIOUS_KEY CHHLANG_OIDC_CLIENT_SECRET PGPASSWORD; do
    eval "file=\${${name}_FILE:-}"
    if [ -n "$file" ]; then
        if [ ! -r "$file" ]; then
            echo "chhlang: ${name}_FILE names $file, which cannot be read" >&2
            exit 2
        fi
        value=$(cat "$file")
        export "$name=$value"
        unset "${name}_FILE"
    fi
done

cd "$(dirname "$0")/../.."
exec "${PYTHON:-python}" app.py "$@"
