"""Steps for images that come as a set: without FITS files and without a catalogue."""
