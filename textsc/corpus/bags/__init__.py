"""Bag-of-words files: documents as words with counts, read and written."""
