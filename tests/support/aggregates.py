"""Aggregate reports into a database, without a mapping."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from db import aggregate_intake
from db.engine import Database
from db.intake.aggregate_cleaning import ValueCleaner
from db.intake.elements import ElementMap
from db.intake.readers import read_table, sha256_of
from db.records import Counts, FileFacts


def deliver(database: Database, path: Path, today: date) -> Counts:
    """Import a file of values, without a mapping."""
    facts = FileFacts("default", path.name, sha256_of(path), "test")
    table = read_table(path, frozenset())
    cleaner = ValueCleaner(table.header, facts.source, today, ElementMap())
    assert not cleaner.missing_required()

    def work(stage: aggregate_intake.ValueStage) -> Counts:
        for chunk in table.chunks:
            cleaned = cleaner.clean(chunk)
            stage.add(cleaned.records, len(cleaned.rejected))
        stage.close(facts, cleaner.notices)
        return stage.counts

    return aggregate_intake.run_stage(database, work)
