"""Write dashboard/assets/tokens.css from dashboard/figures/tokens.py.

    python -m scripts.tokens

A test fails while the stylesheet is not what the module would write.
"""

from __future__ import annotations

from pathlib import Path

from dashboard.figures.tokens import stylesheet

STYLESHEET = Path(__file__).resolve().parent.parent / "dashboard" / "assets" / "tokens.css"


def main() -> None:
    """Write the stylesheet."""
    STYLESHEET.write_text(stylesheet(), encoding="utf-8")


if __name__ == "__main__":
    main()
