"""Why pods do not begin, why they ended, why an object was refused."""
