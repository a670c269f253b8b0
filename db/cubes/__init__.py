"""The cubes: sums of records by place, period and group."""
