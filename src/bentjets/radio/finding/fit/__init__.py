"""The fit (Eqs. 1 and 2): what PyBDSF does with a cutout, and the files that hold it."""
