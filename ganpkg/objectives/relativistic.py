"""The relativistic loss: the logit of each real is compared with that of a fake.

Jolicoeur-Martineau 2018, "The relativistic discriminator", section 3.3.1; with the penalties R1
and R2, Huang et al. 2024, "The GAN is dead; long live the GAN!", equations 2 and 3. A real and a
fake form a pair by their positions in their batches. The loss has no optimum at which the generator
drops modes, but needs both penalties to converge.
"""

from ganpkg.lazy import ops
from ganpkg.objectives.objective import Objective, fraction


class Relativistic(Objective):
    generator_reals = True
    has_accuracy = False  # a logit means something only beside another one

    def score_discriminator(self, discriminator, reals, fakes, noise):
        """E softplus(-(D(x) - D(G(z)))).

        The scores are half of the loss for each kind of sample, and the fraction of pairs in which
        the real has the larger logit.
        """
        # One pass, which the penalties at the same samples share.
        fake, real = ops.split(discriminator(ops.concatenate([fakes, reals])), 2)
        loss = ops.mean(ops.softplus(fake - real))
        half = loss / 2, fraction(real > fake, real.dtype)
        return loss, (half, half)

    def score_generator(self, discriminator, fakes, reals):
        """E softplus(-(D(G(z)) - D(x)))."""
        fake, real = ops.split(discriminator(ops.concatenate([fakes, reals])), 2)
        return ops.mean(ops.softplus(real - fake))
