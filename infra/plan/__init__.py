"""Planning: from the tables to addresses, rules and places. Nothing here knows Pulumi or a cloud."""
