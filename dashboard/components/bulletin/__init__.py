"""A bulletin in words: its document in one language, its figures, its sheet of the meeting, its picture."""
