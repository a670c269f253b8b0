"""The calendar: festivals by the Khmer lunar calendar, and what is marked in time."""
