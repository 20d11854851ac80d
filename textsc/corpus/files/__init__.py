"""Readers of files of text: from bytes to records."""
