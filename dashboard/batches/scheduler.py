"""Batches on the workers of a scheduler of Dask: on this machine, or on others over TLS.

What is worked on is sent once and opened once by each worker. A worker that dies costs its batches, which
others take. A scheduler that dies costs the batches that were under way: they and all that remain are worked
on here.
"""

from __future__ import annotations

import logging
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import chain, count, islice
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from dashboard.batches.work import Packed, Told, one_batch, opened, own_versions, refuse_others
from surveillance.errors import ConfigurationError, UsageError
from surveillance.scan.replicates import Executor

REQUIREMENTS = "requirements-distributed.txt"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: Batches of each thread that are on their way at a time.
_AHEAD = 8
#: Workers that may die with a batch before it is given up, as Dask has it; seconds between two looks.
_LOSSES, _LOOK = 3, 2.0


@contextmanager
def connected(address: str, here: Executor, told: Told, patience: float) -> Iterator[Executor]:
    """Connect to a scheduler that has workers of the versions here.

    Parameters
    ----------
    address : str
        `tcp://127.0.0.1:8786`, or `tls://machine:8786` with the certificates of Dask's own configuration.
    here : Executor
        Goes on with the work where the scheduler is lost.
    told : callable
        Called with what a person should know.
    patience : float
        Seconds to wait for the scheduler, and for its first worker.

    Yields
    ------
    Executor

    Raises
    ------
    UsageError
        The packages are missing, nobody answers, there is no worker, or the way there is not protected.
    ConfigurationError
        Workers have other versions, or no Chhlang.
    """
    _refuse_unprotected(address)
    try:
        from distributed import Client, Security  # noqa: PLC0415 - optional
    except ImportError:
        raise UsageError(
            f"a scheduler needs packages that are not here: python -m pip install -r {REQUIREMENTS}"
        ) from None
    if address.startswith("tls://") and not Security().get_connection_args("client").get("ssl_context"):
        raise UsageError(
            f"{address} needs certificates: name them in DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
            "_CLIENT__CERT and _CLIENT__KEY; docs/scale.md says how"
        )
    with _quiet():
        try:
            client = Client(address, timeout=patience, set_as_default=False, name="chhlang")
        except (OSError, ValueError, TypeError) as error:
            raise UsageError(
                f"no scheduler answers at {address} within {patience:g} seconds: {_in_short(error)}"
            ) from None
        try:
            _meet(client, address, patience)
            yield _OnWorkers(client, address, here, told, patience)
        finally:
            client.close(timeout=2)


class _OnWorkers:
    """Sends batches to workers, and gives their results back in order."""

    def __init__(self, client: Any, address: str, here: Executor, told: Told, patience: float) -> None:
        self._client, self._address, self._here, self._told = client, address, here, told
        self._patience, self._lost = patience, False
        self._ahead = max(_AHEAD * sum(client.nthreads().values()), 4 * _AHEAD)

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Results of the function for each item; what the workers cannot give any more is worked on here."""
        waiting, sent = iter(items), deque[tuple[Any, Any]]()
        send = None if self._lost else self._sender(function)
        try:
            while send is not None:
                for item in islice(waiting, self._ahead - len(sent)):
                    sent.append((item, send(item)))
                if not sent:
                    return
                try:
                    found = self._result(sent[0][1])
                except _Lost as loss:
                    self._lost = True
                    self._told(f"{loss}: what is left is worked on here")
                    break
                sent.popleft()
                yield found
        finally:
            if sent and not self._lost:
                self._client.cancel([future for _, future in sent], force=True)
        yield from self._here.map(function, chain((item for item, _ in sent), waiting))

    def _sender(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Send the function to the scheduler; return a function that submits one batch."""
        name, versions, number = uuid4().hex, own_versions(), count()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            work = self._client.submit(opened, Packed(function), key=f"work-{name}", pure=False)
        return lambda item: self._client.submit(
            one_batch, work, item, versions, key=f"batch-{name}-{next(number)}", pure=False
        )

    def _result(self, future: Any) -> Any:
        from distributed import KilledWorker  # noqa: PLC0415 - optional

        alone = 0.0
        while True:
            try:
                return future.result(timeout=_LOOK)
            except TimeoutError:
                alone = 0.0 if self._workers() else alone + _LOOK
                if alone >= self._patience:
                    raise _Lost(f"the scheduler at {self._address} has no worker any more") from None
            except KilledWorker:
                raise ConfigurationError(
                    f"a batch ended {_LOSSES + 1} workers, one after the other: have they too little memory?"
                ) from None
            except (CancelledError, OSError):
                raise _Lost(f"the scheduler at {self._address} is gone") from None

    def _workers(self) -> bool:
        try:
            return bool(self._client.scheduler_info(n_workers=1)["workers"])
        except (OSError, RuntimeError, ValueError):
            return False


class _Lost(Exception):  # noqa: N818 - not an error: the work goes on
    """The workers can be reached no more."""


def _refuse_unprotected(address: str) -> None:
    """Refuse a scheduler on another machine without TLS: anyone who connects to one can run code."""
    parts = urlsplit(address)
    if parts.scheme == "tcp" and parts.hostname not in _LOOPBACK:
        raise UsageError(
            f"{address} is another machine: reach it over TLS (tls://...), with certificates that Dask's "
            "configuration names; docs/scale.md says how"
        )


def _meet(client: Any, address: str, patience: float) -> None:
    """Wait for a worker, and compare versions with each that is there."""
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError:
        raise UsageError(
            f"the scheduler at {address} has no worker after {patience:g} seconds; start one: "
            f"python -m dask worker {address} --no-dashboard"
        ) from None
    try:
        client.run(refuse_others, own_versions())
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever importing it there raises
        raise ConfigurationError(
            f"a worker at {address} cannot work for Chhlang; start it in the project's folder, or install it "
            f"there: {_in_short(error)}"
        ) from None


def _in_short(error: BaseException) -> str:
    return str(error).split("\n")[0][:200] or type(error).__name__


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask tells a log of its own what it tries; what matters is said by errors."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
