"""The seeds in a real cloud: in a project that is made for them and removed with them."""
