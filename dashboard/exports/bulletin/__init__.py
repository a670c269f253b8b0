"""Writing a document of plain blocks: as HTML, for paper, as an editable document, as a picture."""
