"""A picture of each mask: three slices of the image, the mask's edge and the contours on them."""
