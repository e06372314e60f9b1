"""Phantom patients made in code, with analytically known volumes."""
