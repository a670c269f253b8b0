"""What a reception centre records, as data: kinds of record, their fields and words; reading an entry."""
