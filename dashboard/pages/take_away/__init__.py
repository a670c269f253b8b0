"""Files of the pages: tables, pictures, and what says what they are."""
