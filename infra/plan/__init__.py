"""Planning: from the tables to addresses, rules and places. Pure Python; nothing here knows Pulumi or a cloud."""
