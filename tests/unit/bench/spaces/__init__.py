"""What bench/spaces does before a cloud is asked."""
