"""Which image is learnt from and which is tested on: groups, batches, folds."""
