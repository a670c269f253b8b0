"""Early warning on the records: counts of a disease by place, as series in time."""
