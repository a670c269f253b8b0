"""What in delivered data deserves a question: blanks, outliers, preferred digits, impossible pairs."""
