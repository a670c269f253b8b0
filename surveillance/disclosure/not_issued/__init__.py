"""Numbers of periods that are not issued: what shown numbers tell of them, and what is hidden against that."""
