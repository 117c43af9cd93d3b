"""Tables of sources as others published them: files, and VizieR."""
