"""How each observation of the corpus is made on a real cluster."""
