"""Reading files of areas across the border, their populations and their counts."""
