"""Cards of the corpora that textsc knows by name: data only, read by `textsc.corpus.catalog`."""
