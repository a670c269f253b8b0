"""What the first page asks: the last complete weeks, and who has not reported."""
