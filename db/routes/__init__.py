"""Roads between places, and flows of people: stored, and read as they hold on a day."""
