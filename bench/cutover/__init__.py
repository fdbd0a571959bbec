"""How many objects a second a migration lists, copies, reads again and deletes; and what follows for many."""
