"""From tables of results to what people look at: tables, sentences, figures, the page."""
