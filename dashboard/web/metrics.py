"""What a monitor counts: requests, connections, processes. No label names a place, a disease or a person.

Every process of a server writes into files of one folder (`shared_folder`); whichever answers adds them up.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app

from dashboard.settings import metrics_folder, name_metrics_folder

_KEY = "chhlang-metrics"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
_SECONDS = (0.025, 0.1, 0.3, 1.0, 3.0, 10.0)


@contextmanager
def shared_folder() -> Iterator[None]:
    """Have a folder in which the processes of one server count together; enter before any of it is made."""
    if metrics_folder():
        yield
        return
    with tempfile.TemporaryDirectory(prefix="chhlang-metrics-", ignore_cleanup_errors=True) as folder:
        name_metrics_folder(folder)
        try:
            yield
        finally:
            name_metrics_folder(None)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram  # noqa: PLC0415 - it looks for the folder

        self._registry = CollectorRegistry()
        self._requests = Counter(
            "chhlang_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "chhlang_request_seconds",
            "Seconds until an answer was made",
            ("route",),
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._closed = Counter(
            "chhlang_connections_closed",
            "Connections that the server closed: slow, idle, asking ahead, too many of an address or in all",
            ("why",),
            registry=self._registry,
        )
        self._started = Counter(
            "chhlang_processes_started",
            "Processes that were started: workers of the web server, and the job runner",
            ("what",),
            registry=self._registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def closed(self, why: str) -> None:
        """Count a connection that the server closed."""
        self._closed.labels(why).inc()

    def started(self, what: str) -> None:
        """Count a process that was started."""
        self._started.labels(what).inc()

    def text(self, gauges: Iterable[tuple[str, str, str, float]]) -> tuple[bytes, str]:
        """What a monitor reads, and its content type.

        Parameters
        ----------
        gauges : iterable of (name, meaning, check, value)
            What is measured at this moment.
        """
        from prometheus_client import CollectorRegistry, generate_latest, multiprocess  # noqa: PLC0415
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415
        from prometheus_client.exposition import CONTENT_TYPE_LATEST  # noqa: PLC0415

        families: dict[str, Any] = {}
        for name, meaning, check, value in gauges:
            family = families.setdefault(name, GaugeMetricFamily(name, meaning, labels=("check",)))
            family.add_metric((check,), value)

        class Now:
            """The gauges, as prometheus-client collects them."""

            def collect(self) -> list[Any]:
                """All of them."""
                return list(families.values())

        if folder := metrics_folder():
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry, folder)
        else:
            registry = self._registry
        now = CollectorRegistry()
        now.register(Now())
        return generate_latest(registry) + generate_latest(now), CONTENT_TYPE_LATEST


def set_up(server: Flask) -> Metrics:
    """Give a server its counters."""
    made = Metrics()
    server.extensions[_KEY] = made
    return made


def of(server: Flask) -> Metrics:
    """The counters of a server."""
    found: Metrics = server.extensions[_KEY]
    return found


def here() -> Metrics:
    """The counters of the server that answers this request."""
    return of(current_app)
