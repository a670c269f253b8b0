"""The desk of a reception centre: its page, what its script asks and sends, and its devices."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dashboard.messages import translator
from dashboard.pages.reception import fields
from dashboard.permissions import Permission
from dashboard.services.reception import desk, devices, sealed
from dashboard.web import own_device, request_context
from dashboard.web import sessions as web_sessions
from dashboard.web.access import needs
from dashboard.web.reception import desk_device
from dashboard.web.request_context import grant
from dashboard.web.site import database, settings
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.errors import UsageError, UserError

pages = Blueprint("desk", __name__)
_RECEIVES = Permission.RECEIVE_ARRIVALS
_STATIONS = {"desk": fields.DESK, "nurse": fields.NURSE, "tb": fields.TB, "referral": fields.REFERRAL}
#: Stations of nurses alone.
_NURSE = frozenset({"nurse", "referral"})


@pages.get("/desk")
@needs(_RECEIVES)
def page() -> Any:
    """The desk; on a device that is none, how to make it one.

    Neither an account nor anybody's data stand in it, so that a device may keep it.
    """
    device = desk_device.found()
    if device is None or device.revoked_at or not own_device.secure():
        return _devices({})
    language = request_context.language()
    t = translator(language)
    key = sealed.present(database(), settings())
    names = {code: _named(gate, language) for code, gate in ALL_CROSSINGS.items()}
    drawn = render_template(
        "desk.html",
        crossing=names[device.crossing],
        crossing_code=device.crossing,
        device=device.id,
        number=device.number,
        key=base64.b64encode(key.public).decode(),
        key_name=key.name,
        idle=devices.LOCKED_AFTER,
        tries=devices.TRIES,
        words=fields.words(t),
        fields=fields.stations(t, _STATIONS),
        places={
            "crossings": names,
            "provinces": {code: _named(one, language) for code, one in PROVINCES.items()},
        },
    )
    return drawn, {desk_device.KEEPS: device.id}


@pages.get("/desk/state")
@needs(_RECEIVES)
def state() -> AnyResponse:
    """The vans that are open at the device's crossing; empty where nothing changed since."""
    device = desk_device.used()
    told = desk.state(database(), grant(), device.crossing, _now())
    nurse = grant().can(Permission.READ_REFERRALS)
    stations = [name for name in _STATIONS if nurse or name not in _NURSE]
    told |= {"stations": stations, "pin": devices.has_pin(database(), web_sessions.key())}
    seen = desk.digest(told | {"of": (grant().actor, grant().role, grant().scope.text)})
    if request.args.get("seen") == seen:
        return Response(status=204)
    return jsonify(**told, seen=seen, voucher=desk.voucher(database(), settings(), grant(), device.id))


@pages.post("/desk/entries")
@needs(_RECEIVES)
def entries() -> AnyResponse | tuple[AnyResponse, int]:
    """Take what a desk sealed; each envelope is answered by itself."""
    desk_device.used()
    try:
        answers = desk.take(database(), settings(), grant(), request.form.get("envelopes", ""), _now())
    except UsageError as error:
        return _refused(error)
    return jsonify(
        answers=[
            {
                "id": one.id,
                "taken": one.taken,
                "why": " ".join(map(_in_words, one.why)),
                "given": dict(one.given),
            }
            for one in answers
        ]
    )


@pages.post("/desk/entries/discard")
@needs(_RECEIVES)
def discard() -> AnyResponse | tuple[AnyResponse, int]:
    """Note that entries which were not taken are discarded."""
    desk_device.used()
    try:
        desk.discard(database(), grant(), request.form.get("envelopes", ""))
    except UsageError as error:
        return _refused(error)
    return Response(status=204)


@pages.post("/desk/pin")
@needs(_RECEIVES)
def pin() -> AnyResponse | tuple[AnyResponse, int]:
    """Give this session a PIN."""
    desk_device.used()
    try:
        devices.set_pin(database(), grant(), web_sessions.key(), request.form.get("pin", ""))
    except UsageError as error:
        return _refused(error)
    desk_device.has_pin()
    return Response(status=204)


@pages.post("/desk/lock")
@needs(_RECEIVES)
def lock() -> AnyResponse:
    """Let this session wait for its PIN."""
    devices.lock(database(), web_sessions.key())
    return Response(status=204)


@pages.post("/desk/unlock")
@needs(_RECEIVES)
def unlock() -> AnyResponse | tuple[AnyResponse, int]:
    """Reopen this session by its PIN; after too many wrong ones it has ended."""
    try:
        left = devices.unlock(database(), grant(), web_sessions.key(), request.form.get("pin", ""))
    except UsageError as error:
        return _refused(error)
    if left is None:
        return Response(status=204)
    return (jsonify(left=left), 400) if left else abort(401)


@pages.get("/desk/devices")
@needs(_RECEIVES)
def devices_page() -> str:
    """The devices of the account's crossings, and a form that makes this one a desk."""
    return _devices({})


@pages.post("/desk/devices")
@needs(_RECEIVES)
def add() -> Any:
    """Make this device a desk."""
    given = request.form.to_dict()
    if not own_device.secure():
        return abort(400)
    try:
        cookie = devices.add(database(), grant(), given.get("name", ""), given.get("crossing", ""))
    except UsageError as error:
        return _devices(given, _in_words(error)), 400
    response = redirect(url_for(".page"), 303)
    desk_device.mark(response, cookie)
    return response


@pages.post("/desk/devices/<device>/<any(revoke,allow):what>")
@needs(_RECEIVES)
def change(device: str, what: str) -> Any:
    """Revoke a lost device, or allow one again that was found."""
    try:
        (devices.revoke if what == "revoke" else devices.allow)(database(), grant(), device)
    except UsageError as error:
        return _devices({}, _in_words(error)), 404
    return redirect(url_for(".devices_page"), 303)


def _devices(given: dict[str, str], problem: str = "") -> str:
    language = request_context.language()
    names = {code: _named(gate, language) for code, gate in ALL_CROSSINGS.items()}
    return render_template(
        "desk_devices.html",
        devices=devices.listed(database(), grant()),
        this=desk_device.found(),
        crossings=[(code, names[code]) for code in devices.crossings(grant())],
        names=names,
        longest=devices.LONGEST,
        secure=own_device.secure(),
        given=given,
        problem=problem,
    )


def _named(place: Any, language: str) -> str:
    return str((place.name_km if language == "km" else None) or place.name_en)


def _in_words(error: UserError) -> str:
    return error.in_words(translator(request_context.language()))


def _refused(error: UsageError) -> tuple[AnyResponse, int]:
    return jsonify(why=_in_words(error)), 400


def _now() -> datetime:
    return datetime.now(UTC)
