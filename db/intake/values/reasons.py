"""Why a row is refused: a sentence that can be said in the language of who sent it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

#: Value that keeps the code of a field whose name was changed.
CODE = "field_code"


class Reason(str):
    """An English sentence that knows what it was made of.

    Parameters
    ----------
    text : str
        The sentence, with places for `values` in braces. It is translated as it stands here.
    values
        What is put into it. A value that is a reason itself is translated too; any other stays as it is:
        names of fields, and texts of the sender.

    >>> why = Reason("{field}: is blank; {advice}", field="disease", advice=Reason("use one of tb"))
    >>> why, why.in_words({"use one of tb": "TB", "{field}: is blank; {advice}": "{field}: ? {advice}"}.get)
    ('disease: is blank; use one of tb', 'disease: ? TB')
    """

    text: str
    values: dict[str, Any]

    def __new__(cls, text: str, /, **values: Any) -> Self:
        made = super().__new__(cls, text.format(**values) if values else text)
        made.text, made.values = text, values
        return made

    def in_words(self, t: Callable[[str], str]) -> str:
        """The sentence in the language of `t`."""
        said = {
            name: value.in_words(t) if isinstance(value, Reason) else value
            for name, value in self.values.items()
        }
        return t(self.text).format(**said) if said else t(self.text)

    def with_field(self, shown: Callable[[str], str]) -> Reason:
        """The same sentence, its field named as `shown` names it."""
        if "field" not in self.values:
            return self
        field = self.values["field"]
        return Reason(self.text, **(self.values | {"field": shown(field), CODE: field}))

    def named(self, name: Callable[[str], str]) -> Reason:
        """The same sentence for a page: each field as `name` calls it, the sender's column behind it."""
        if "field" not in self.values:
            return self
        shown = self.values["field"]
        code = self.values.get(CODE, shown)
        values = self.values | {"field": name(code) + shown.removeprefix(code)}
        if "earlier" in values:
            values["earlier"] = name(values["earlier"])
        return Reason(self.text, **values)
