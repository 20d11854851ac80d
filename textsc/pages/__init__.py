"""Pictures of models: arrays and names in, bytes of files out."""
