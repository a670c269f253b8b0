"""What a process makes is for its owner alone. Loads no database."""

from db.core.private_files import keep_private

__all__ = ["keep_private"]
