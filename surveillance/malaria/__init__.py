"""Following each case of malaria to its end, and the villages that cases came from."""
