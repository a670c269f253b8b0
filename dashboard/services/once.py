"""A value that is made when it is first asked for, and kept with its object.

`functools.cached_property` of Python 3.11 holds one lock for all objects of a class: two people's questions
would wait for each other's queries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")


class Once(Generic[Value]):
    """As `functools.cached_property`, for objects that one thread alone uses."""

    def __init__(self, make: Callable[[Any], Value]) -> None:
        self._make, self._name = make, make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Once[Value]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...
    def __get__(self, instance: object | None, owner: type) -> Once[Value] | Value:
        """The value; from the second time on the object's own attribute answers."""
        if instance is None:
            return self
        value = self._make(instance)
        instance.__dict__[self._name] = value
        return value
