"""Pages to look at: the catalog, its names and findings, and a picture of every mask."""
