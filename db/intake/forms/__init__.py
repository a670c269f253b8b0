"""The forms in which files arrive: text, workbooks, JSON. Each becomes rows of text below a header."""
