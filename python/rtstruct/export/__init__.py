"""Training and analysis sets from masks and images: one case an image, labels by the vocabulary."""
