"""What Debian's security tracker knows about an image's bill of materials and live hosts' packages."""
