"""From rows of text to records: each row becomes a record or is rejected with its reasons."""
