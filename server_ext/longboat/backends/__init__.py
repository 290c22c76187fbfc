"""Where jobs run: one interface, several places."""
