"""What is asked of ODK Central (OData) and KoboToolbox (API v2): what forms were sent in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote

from dashboard.services.systems import parts
from dashboard.services.systems.client import Parameters
from dashboard.services.systems.parts import Answer, Item, PagedPart, Part
from db.intake.systems.definition import ODK, Definition, Submissions
from surveillance.errors import OtherSystemError


def parts_of(definition: Definition, since: str | None, *, nested: Mapping[str, bool]) -> list[Part]:
    """The parts of a pull.

    Parameters
    ----------
    since : str, optional
        Only what was sent in or changed from this moment on. KoboToolbox does not say when an answer was
        changed, so that its forms always come whole.
    nested : mapping
        Mapping -> whether it reads a group of persons inside a form.
    """
    found: list[Part] = []
    for one in definition.submissions:
        if definition.kind == ODK:
            of = nested.get(one.mapping, False)
            found.append(
                OdkPart(one.key, one.mapping, size=one.page_size, asked_of=one, since=since, nested=of)
            )
        else:
            found.append(KoboPart(one.key, one.mapping, size=one.page_size, asked_of=one))
    return found


@dataclass(frozen=True)
class OdkPart(PagedPart):
    """Submissions of a form of ODK Central."""

    asked_of: Submissions | None = None
    since: str | None = None
    nested: bool = False
    holds: ClassVar[str] = "value"

    @property
    def identity(self) -> str:
        """What names one of its items."""
        return "__id"

    def asked(self, page: int) -> tuple[str, Parameters]:
        """Path and parameters of a page."""
        of = self.asked_of
        assert of is not None  # noqa: S101 - `parts_of` gives it
        said = [("$top", str(self.size)), ("$skip", str((page - 1) * self.size)), ("$count", "true")]
        if self.since is not None:
            changed = "__system/submissionDate ge {0} or __system/updatedAt ge {0}".format(f"{self.since}Z")
            said.append(("$filter", changed))
        if self.nested:
            said.append(("$expand", "*"))
        return f"/v1/projects/{of.project}/forms/{quote(of.form, safe='')}.svc/Submissions", said

    def read(self, host: str, page: int, given: Any) -> Answer:
        """What a page holds."""
        if not isinstance(given, dict):
            raise OtherSystemError(parts.NO_LIST, host=host, path=self.asked(page)[0], name=self.key)
        return self.answer(host, page, given.get("value"), None, parts.number(given.get("@odata.count")))


@dataclass(frozen=True)
class KoboPart(PagedPart):
    """Submissions of a form of KoboToolbox, the oldest first."""

    asked_of: Submissions | None = None
    holds: ClassVar[str] = "results"

    @property
    def identity(self) -> str:
        """What names one of its items."""
        return "_id"

    def asked(self, page: int) -> tuple[str, Parameters]:
        """Path and parameters of a page."""
        of = self.asked_of
        assert of is not None  # noqa: S101 - `parts_of` gives it
        said = [("limit", str(self.size)), ("start", str((page - 1) * self.size)), ("sort", '{"_id":1}')]
        return f"/api/v2/assets/{quote(of.form, safe='')}/data.json", said

    def read(self, host: str, page: int, given: Any) -> Answer:
        """What a page holds; the address of the next one, which the answer names, is not followed."""
        if not isinstance(given, dict):
            raise OtherSystemError(parts.NO_LIST, host=host, path=self.asked(page)[0], name=self.key)
        return self.answer(host, page, given.get("results"), None, parts.number(given.get("count")))

    def content(self, items: Sequence[Item]) -> Mapping[str, Any]:
        """What is imported of a page."""
        return {"results": items}
