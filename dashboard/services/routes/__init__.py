"""Roads between places, and flows of people: importing, listing, and and which a run rests on."""
