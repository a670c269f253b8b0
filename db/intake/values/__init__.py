"""Reading single values: codes, identifiers, pseudonyms, reasons and notices."""
