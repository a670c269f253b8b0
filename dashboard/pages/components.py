"""The page of components: every part in every state, for those who build pages and those who judge them."""

from __future__ import annotations

from flask import Blueprint, render_template

from dashboard.components.gallery import gallery
from dashboard.messages import translator
from dashboard.web import request_context
from dashboard.web.access import signed_in

pages = Blueprint("components", __name__)


@pages.get("/components")
@signed_in
def components() -> str:
    """Show every part; all of it is invented."""
    language = request_context.language()
    return render_template("components.html", shown=gallery(language, translator(language)))
