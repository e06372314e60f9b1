"""What `import rtstruct` offers: a workspace, single files, masks and images as arrays."""
