"""What may talk to what, from the tables of stacks/ alone: no cloud is asked, none need stand."""
