"""From sound files to spectra of snippets."""
