"""A delivered file, opened: its facts, its cleaned parts, and what was noted in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Generic

from dashboard.permissions import Grant
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.receipts import Noted
from db.batches.declared_coverage import Declared
from db.core.engine import Database
from db.ingest.import_run import FileFacts, ImportRun, Part, ReadFacts
from db.intake.dates.eras import FileEra
from db.intake.files.readers import sha256_of
from db.intake.mappings.aggregates import AggregateMapping
from db.intake.mappings.model import Mapping, SameNumbers


class Delivery(ABC, Generic[Part]):
    """A file whose header has been read and understood.

    Attributes
    ----------
    facts : FileFacts
        What is known of it before its rows are.
    mapping
        What reads it.
    era : FileEra
        The reckoning of its Buddhist years.
    """

    #: Columns of the records of its parts.
    columns: ClassVar[Sequence[str]]
    facts: FileFacts
    mapping: Mapping | AggregateMapping
    era: FileEra

    @property
    @abstractmethod
    def sent_header(self) -> list[str]:
        """Its columns as they were sent."""

    @abstractmethod
    def run(self, database: Database) -> ImportRun[Part]:
        """The run that takes its parts."""

    @abstractmethod
    def parts(self) -> Iterator[Part]:
        """Its rows, chunk by chunk, cleaned."""

    @abstractmethod
    def read_facts(self, database: Database) -> ReadFacts:
        """What is known when every part has been read."""

    @abstractmethod
    def noted(self) -> Noted:
        """What was read in another way than plainly, or not understood."""


def facts_of(
    path: Path,
    grant: Grant,
    options: ImportOptions,
    mapping: Mapping | AggregateMapping,
    declared: Declared,
    same_numbers: SameNumbers | None = None,
) -> FileFacts:
    """What is known of a file before its rows are."""
    return FileFacts(
        options.source[:80],
        (options.called or path.name)[:255],
        sha256_of(path),
        grant.actor,
        declared,
        mapping.name,
        mapping.stamp,
        same_numbers,
        options.sent_on,
    )
