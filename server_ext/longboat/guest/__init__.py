"""Runs inside a replica, on any image or environment.

Standard library only at import, Python 3.9 syntax: it is shipped as a zipapp.
"""
