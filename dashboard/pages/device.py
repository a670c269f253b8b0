"""A device: how Chhlang is installed on it, and whether it keeps the last pages for its owner."""

from __future__ import annotations

import json
from pathlib import Path

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from dashboard.components.addresses import public_file
from dashboard.figures import tokens
from dashboard.messages import LANGUAGES, translator
from dashboard.web import own_device, request_context
from dashboard.web.access import public, signed_in
from surveillance.texts import N_

pages = Blueprint("device", __name__)
_WORKER = Path(__file__).resolve().parents[1] / "assets" / "worker.js"
#: What the worker says by itself: it has no connection to ask in which language.
WORDS = {
    "notKept": N_("There is no connection, and this page is not kept on this device. These are:"),
    "nothing": N_("There is no connection, and nothing is kept on this device that may still be shown."),
    "signedOut": N_(
        "There is no connection. What was kept on this device is deleted; the server has not heard of it: "
        "sign out once more when there is a connection."
    ),
    "takenBack": N_(
        "There is no connection. What was kept on this device is deleted; the mark of the device is as it "
        "was: change it when there is a connection."
    ),
}
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


@pages.get("/service-worker.js")
@public
def worker() -> Response:
    """The script that shows kept pages; it stands at the root, because it serves every address."""
    words = {name: [(code, translator(code)(text)) for code in LANGUAGES] for name, text in WORDS.items()}
    script = f"self.WORDS = {json.dumps(words)};\n{_WORKER.read_text(encoding='utf-8')}"
    return Response(script, mimetype="text/javascript")


@pages.get("/device")
@signed_in
def device() -> str:
    """Whether this device is marked, and what that means."""
    return render_template(
        "device.html",
        marked=own_device.marked(),
        secure=own_device.secure(),
        desk=own_device.is_desk(),
        hours=int(current_app.permanent_session_lifetime.total_seconds() // 3600),
    )


@pages.post("/device")
@signed_in
def mark() -> AnyResponse:
    """Mark the device as the reader's own, or take the mark back; either way nothing stays of before."""
    if not own_device.secure() or own_device.is_desk():
        return abort(400)
    response = redirect(url_for(".device"), 303)
    if request.form.get("own") == "yes":
        own_device.set_mark(response)
    else:
        own_device.delete_copies(response)
        response.delete_cookie(own_device.COOKIE)
    return response
