"""A notebook and the files it needs, kept by content: taken, compared, laid out again."""
