"""Remake the gettext catalogues: collect every text, keep the translations there are, compile.

`python -m scripts.catalogues` rewrites the Khmer messages.po and messages.mo, and lists
what has no translation; with `--check` it only says whether both are current.
"""

from __future__ import annotations

import argparse
import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "dashboard" / "translations" / "km" / "LC_MESSAGES"
_PACKAGES = ("dashboard", "db", "surveillance", "geodata")
#: What marks a text: `t` where it is shown, `N_` where it is data; errors, and reasons of returned rows.
_MARKERS = dict.fromkeys(
    (
        "t",
        "N_",
        "Reason",
        "AmbiguousDatesError",
        "SameNumbersError",
        "AmbiguousEraError",
        "MappingError",
        "UnreadableFileError",
        "TooManyError",
        "UsageError",
        "NotPermittedError",
    )
)
#: What only the command line says; it speaks English.
_OPERATORS = (
    "dashboard/batches/**",
    "dashboard/commands/**",
    "dashboard/demo/**",
    "dashboard/services/upkeep/**",
    "dashboard/services/identifiers.py",
    "dashboard/services/imports/watched_folder.py",
    "db/maintenance/**",
)


def texts() -> list[str]:
    """Every marked text of the packages and templates, in a steady order."""
    found: dict[str, None] = {}
    for package in _PACKAGES:
        methods = [
            (pattern.partition("/")[2], "ignore")
            for pattern in _OPERATORS
            if pattern.startswith(f"{package}/")
        ]
        methods += [("**.py", "python"), ("templates/**.html", "jinja2.ext.babel_extract")]
        for _, _, text, *_ in extract_from_dir(ROOT / package, methods, keywords=_MARKERS):
            found[_one(text)] = None
    found.pop("", None)
    return sorted(found)


def _one(text: str | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def make() -> tuple[bytes, bytes, list[str]]:
    """The catalogue as text and compiled, and the texts without a translation."""
    source = FOLDER / "messages.po"
    held = read_po(source.open("rb"), locale="km") if source.exists() else Catalog(locale="km")
    catalog = Catalog(locale="km", project="Chhlang", fuzzy=False, header_comment="# Khmer texts of Chhlang.")
    missing = []
    for text in texts():
        old = held.get(text)
        translation = str(old.string) if old is not None and old.string else ""
        catalog.add(text, translation, flags={"python-brace-format"} if "{" in text else ())
        if not translation:
            missing.append(text)
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)  # a steady file
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalog, width=0, omit_header=False)
    write_mo(mo, catalog)
    return po.getvalue(), mo.getvalue(), missing


def main() -> int:
    """Rewrite, or with --check compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    po, mo, missing = make()
    files = {FOLDER / "messages.po": po, FOLDER / "messages.mo": mo}
    stale = [
        path.name for path, content in files.items() if not path.exists() or path.read_bytes() != content
    ]
    if options.check:
        print(f"stale: {stale}; without translation: {missing}")  # noqa: T201
        return 1 if stale or missing else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        path.write_bytes(content)
    for text in missing:
        print(text)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
