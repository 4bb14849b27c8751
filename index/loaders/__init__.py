"""One module a family of file types: bytes in, title, text, pages and sections out. `index.load` chooses among them."""
