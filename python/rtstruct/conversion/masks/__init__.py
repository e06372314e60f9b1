"""One image series and its structure sets in, masks in a staging folder out: what workers run."""
