"""The machine learning: batches, data module, classifier, training, evaluation, attention."""
