"""Staged masks made visible: moved into place, registered, described beside the files."""
