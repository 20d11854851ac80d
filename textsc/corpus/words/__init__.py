"""From texts to counts: languages, tokens, n-grams, vocabularies."""
