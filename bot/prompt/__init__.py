"""From what a person types to the exact strings that the model reads: grammar, words, order, window."""
