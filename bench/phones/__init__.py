"""Phones that boot all at once, and the servers that they ask."""
