"""The mathematics: pairs, priors, the objective, and the convex solve that codes a document."""

from textsc.coding.coder import Coder as Coder
from textsc.coding.implicit import CodeGradients as CodeGradients
from textsc.coding.implicit import code_gradients as code_gradients
from textsc.coding.inference import Codes as Codes
from textsc.coding.inference import infer_codes as infer_codes
from textsc.coding.objective import Objective as Objective
from textsc.coding.pairs import PAIRS as PAIRS
from textsc.coding.pairs import LinearSquared as LinearSquared
from textsc.coding.pairs import MatchedPair as MatchedPair
from textsc.coding.pairs import SoftmaxKL as SoftmaxKL
from textsc.coding.prior import LegendrePrior as LegendrePrior
from textsc.coding.prior import Prior as Prior
from textsc.coding.prior import ProximalPrior as ProximalPrior
from textsc.coding.priors import PRIORS as PRIORS
from textsc.coding.priors import KLPrior as KLPrior
from textsc.coding.priors import L1Prior as L1Prior
from textsc.coding.priors import L2Prior as L2Prior
from textsc.coding.priors import SignedKLPrior as SignedKLPrior
from textsc.coding.priors import UniformPrior as UniformPrior
