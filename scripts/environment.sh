#!/bin/sh
# Make .venv, and install a requirements file into it where it is not there yet as it stands.
#
#   PYTHON=python3 sh scripts/environment.sh requirements.txt
#
# What was installed is remembered by a checksum, so that a start with nothing to do costs no time.
set -eu
cd "$(dirname "$0")/.."

file=$1
venv=.venv
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }

sum_of() { cat constraints.txt requirements.txt "$1" | cksum; }

installed() { [ -f "$venv/$1.installed" ] && [ "$(cat "$venv/$1.installed")" = "$(sum_of "$1")" ]; }

# What testing needs includes what running needs.
if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c "import pip" 2>/dev/null; then
    if installed "$file" || installed requirements-dev.txt; then
        exit 0
    fi
else
    if ! command -v "$python" >/dev/null 2>&1; then
        say "There is no '$python'. Install Python 3.11 or later, or name it: make run PYTHON=/path/to/python3.11"
        exit 1
    fi
    if ! "$python" -c "import sys; sys.exit(sys.version_info < (3, 11))"; then
        say "Chhlang needs Python 3.11 or later, and '$python' is $("$python" -V 2>&1)."
        say "Name a later one, for example: make run PYTHON=python3.12"
        exit 1
    fi
    if ! "$python" -c "import ensurepip, venv" 2>/dev/null; then
        version=$("$python" -c "import sys; print('%d.%d' % sys.version_info[:2])")
        say "'$python' cannot make a virtual environment: a part of Python is missing."
        say "On Debian and Ubuntu: sudo apt-get install python$version-venv"
        exit 1
    fi
    say "making $venv with $("$python" -V 2>&1)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi

say "installing $file (some minutes the first time)"
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$file"; then
    say "The packages of $file could not be installed; pip says why above. Once installed, no network is needed."
    exit 1
fi
sum_of "$file" >"$venv/$file.installed"
