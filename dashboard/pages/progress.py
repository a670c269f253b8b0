"""The page of work that is under way: one for runs of cluster detection and for files."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, jsonify, render_template


@dataclass(frozen=True)
class ProgressPage:
    """What is said of work that waits or is under way.

    Parameters
    ----------
    number : str
        Its number; its blueprint has a route `status`, which says where it stands, and a route `cancel`.
    text : str
        Where it stands.
    done, total : int, optional
        How far it is; None where that is not known.
    stopping : bool
        Whether it was cancelled, and has not stopped yet.
    final : bool
        Whether it can no longer be cancelled.
    over : bool
        Whether the page has something else to show now.
    """

    number: str
    text: str
    done: int | None = None
    total: int | None = None
    stopping: bool = False
    final: bool = False
    over: bool = False


def page(progress: ProgressPage, here: str, title: str, label: str, note: str, back: tuple[str, str]) -> str:
    """The page, which looks again by itself.

    Parameters
    ----------
    here : str
        Address of this page.
    label, note : str
        What is being done, and that one may leave.
    back : (str, str)
        Address and name of the list it is in.
    """
    said = {"here": here, "title": title, "label": label, "note": note, "back": back}
    return render_template("progress.html", progress=progress, **said)


def status(progress: ProgressPage) -> Response:
    """Where it stands, for the page's script."""
    names = ("over", "stopping", "final", "text", "done", "total")
    return jsonify({name: getattr(progress, name) for name in names})
