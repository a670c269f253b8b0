"""Scripts that were compressed once, as far as can be: a tenth smaller than what is compressed each time."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, request
from werkzeug.wrappers import Response

from dashboard.web import access

_ASSETS = Path(__file__).resolve().parents[1] / "assets"


def set_up(server: Flask) -> None:
    """Answer with the packed form of a script to browsers that take it; before it is compressed anew."""
    held = {path.stem: path.read_bytes() for path in _ASSETS.glob("*.br")}

    @server.after_request
    def pack(response: Response) -> Response:
        name = str((request.view_args or {}).get("filename"))
        if request.endpoint != access.ASSETS or name not in held or response.status_code != 200:
            return response
        if request.accept_encodings["br"] > 0 and "Content-Encoding" not in response.headers:
            response.close()  # the file that would have been sent
            response.direct_passthrough = False
            response.set_data(held[name])
            response.headers["Content-Encoding"] = "br"
            response.vary.add("Accept-Encoding")
            tag, _ = response.get_etag()
            if tag:
                response.set_etag(f"{tag}:br")
        return response
