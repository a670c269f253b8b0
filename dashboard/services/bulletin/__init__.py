"""The bulletin: of a week or month, what other services answer, as it was known at the end of a day."""
