"""Change with four eyes on real stacks: pulumi and ssh-keygen as they are, a folder for a cloud."""
