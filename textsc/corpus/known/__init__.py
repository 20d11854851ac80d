"""Readers of the known corpora, each in the layout that it is handed out in."""
