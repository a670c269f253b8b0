"""What readers do under load, for locust: they sign in, and look at one page after the other.

Run by `tests/bench/load.py`, which names the server and writes the accounts into a file.
"""

from __future__ import annotations

import itertools
import os
import random
import re

from locust import HttpUser, constant_throughput, task

from tests.bench.read_pages import DISEASES, PROVINCES

PASSWORD = os.environ["BENCH_PASSWORD"]
ACCOUNTS = itertools.cycle(os.environ["BENCH_ACCOUNTS"].split(","))
#: Seconds that a reader thinks, on average.
THINKS = float(os.environ["BENCH_THINKS"])


class Reader(HttpUser):
    """Somebody who may look at numbers."""

    wait_time = constant_throughput(1 / THINKS)

    def on_start(self) -> None:
        """Sign in."""
        page = self.client.get("/sign-in").text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        form = {"email": next(ACCOUNTS), "password": PASSWORD} | ({"csrf_token": token[1]} if token else {})
        with self.client.post(
            "/sign-in",
            data=form,
            headers={"Origin": self.host or ""},
            allow_redirects=False,
            catch_response=True,
            name="(signing in)",
        ) as answer:
            if answer.status_code == 302:
                answer.success()
            else:
                answer.failure(f"signing in: {answer.status_code}")

    @task(4)
    def first(self) -> None:
        """The first page."""
        self.client.get("/")

    @task(4)
    def explore(self) -> None:
        """The map page, with a question of its own."""
        self.client.get(f"/map?disease={random.choice(DISEASES)}", name="/map")

    @task(2)
    def table(self) -> None:
        """The long table of the map."""
        self.client.get(f"/map/table?disease={random.choice(DISEASES)}", name="/map/table")

    @task(2)
    def province(self) -> None:
        """The page of a province."""
        self.client.get(f"/provinces/{random.choice(PROVINCES)}", name="/provinces/NAME")

    @task(1)
    def curves(self) -> None:
        """A curve of cases."""
        self.client.get(f"/curves?disease={random.choice(DISEASES)}", name="/curves")

    @task(1)
    def reporting(self) -> None:
        """Who has not reported."""
        self.client.get("/reporting")
