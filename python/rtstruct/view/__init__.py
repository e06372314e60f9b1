"""The report's pages, a viewer and SQL, served to this machine only."""
