"""Tells people and programs what a verb found, by signed webhooks and by mail. The words are the verb's."""
