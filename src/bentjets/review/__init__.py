"""Review: votes on images, and what follows from them."""
