"""What a device is told of Chhlang: how it is installed."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from dashboard.components.addresses import public_file
from dashboard.figures import tokens
from dashboard.messages import translator
from dashboard.web import request_context
from dashboard.web.access import public

pages = Blueprint("device", __name__)
#: File, side in pixels, purpose.
_ICONS = (("192.png", 192, "any"), ("512.png", 512, "any"), ("maskable-512.png", 512, "maskable"))


@pages.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    """What a browser needs to install Chhlang; browsers ask for it without saying who they are."""
    language = request_context.language()
    t = translator(language)
    about = t(
        "Testing and treatment among Cambodia's migrants and mobile people, by province and border crossing."
    )
    ground = tokens.light("ground")
    answer = jsonify(
        id="/",
        name="Chhlang · ឆ្លង",
        short_name="Chhlang",
        description=about,
        lang=language,
        start_url="/",
        scope="/",
        display="standalone",
        display_override=["minimal-ui"],
        theme_color=ground,
        background_color=ground,
        icons=[
            {
                "src": public_file(f"icons/{name}"),
                "sizes": f"{side}x{side}",
                "type": "image/png",
                "purpose": purpose,
            }
            for name, side, purpose in _ICONS
        ],
    )
    answer.mimetype = "application/manifest+json"
    return answer
