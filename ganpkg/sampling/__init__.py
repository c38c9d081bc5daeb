"""From latent points to samples, and from samples to pictures."""
