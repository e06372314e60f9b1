"""Masks compared with those of other software."""
