"""`python -m dashboard.jobs`: the job runner by its documented name; it lives in `dashboard.server.jobs`."""

from __future__ import annotations

import sys

from dashboard.server.jobs import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
