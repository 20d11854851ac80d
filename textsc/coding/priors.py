"""The priors by name."""

from textsc.coding.entropies import KLPrior, SignedKLPrior
from textsc.coding.norms import L1Prior, L2Prior, UniformPrior
from textsc.coding.prior import Prior

__all__ = ["PRIORS", "KLPrior", "L1Prior", "L2Prior", "Prior", "SignedKLPrior", "UniformPrior"]

PRIORS: dict[str, type[Prior]] = {
    "kl": KLPrior,
    "signed_kl": SignedKLPrior,
    "l1": L1Prior,
    "l2": L2Prior,
    "uniform": UniformPrior,
}
