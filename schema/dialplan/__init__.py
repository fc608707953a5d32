"""The dial plan: compiled once into a route table, interpreted by one small module."""
