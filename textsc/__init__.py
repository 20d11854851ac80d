"""Topic modelling by differentiable sparse coding: from raw text to certified, reproducible topic codes.

The symbols, said once and used everywhere (D. M. Bradley and J. A. Bagnell, "Differentiable Sparse Coding", NIPS 2008,
and its supplement):

======  =====================  ===========================  ==========================================================
paper   code                   shape                        meaning
======  =====================  ===========================  ==========================================================
x       ``X``                  (n_documents, n_features)    counts whose type (row over its sum) is x, or spectra
N       ``n_tokens``           (n_documents,)               document lengths
B       ``components_`` = Bᵀ   (n_components, n_features)   rows are the topics, or basis vectors
b0      ``background_``        (n_features,)                log unigram frequencies, fixed
w       ``W``                  (n_documents, n_components)  codes
z       ``Z``                  (n_documents, n_features)    activation, b0 + Bw
f, r    ``transfer(Z)``        as Z                         reconstruction r = f(z)
λ, λ_d  ``lam``, ``lam_d``     scalar, (n_documents,)       strength of the prior: λ_d = λ, or λ/N_d
p       ``prior_mean``         scalar or (n_components,)    where the prior pulls w
c       ``c``                  (n_components, n_documents)  Bᵀx: all that the data say in the solve
θ       ``theta``              (n_components, n_documents)  dual of a code, P'(w)
======  =====================  ===========================  ==========================================================

Inside the solver the component index comes first; at the API documents are rows.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textsc.coding import Codes as Codes
    from textsc.corpus import Dataset as Dataset
    from textsc.corpus import SoundSpectra as SoundSpectra
    from textsc.corpus import TextCounts as TextCounts
    from textsc.corpus import read_corpus as read_corpus
    from textsc.estimators import SparseCoding as SparseCoding
    from textsc.estimators import SparseCodingClassifier as SparseCodingClassifier
    from textsc.estimators import SparseCodingRegressor as SparseCodingRegressor
    from textsc.store import load_model as load_model
    from textsc.store import save_model as save_model

__version__ = "0.1.0"

# Public names by module: imported at first use, so that `import textsc` loads no numerical library.
_HOMES = {
    "Codes": "textsc.coding",
    "Dataset": "textsc.corpus",
    "SoundSpectra": "textsc.corpus",
    "SparseCoding": "textsc.estimators",
    "SparseCodingClassifier": "textsc.estimators",
    "SparseCodingRegressor": "textsc.estimators",
    "TextCounts": "textsc.corpus",
    "load_model": "textsc.store",
    "read_corpus": "textsc.corpus",
    "save_model": "textsc.store",
}

__all__ = [
    "Codes",
    "Dataset",
    "SoundSpectra",
    "SparseCoding",
    "SparseCodingClassifier",
    "SparseCodingRegressor",
    "TextCounts",
    "load_model",
    "read_corpus",
    "save_model",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'textsc' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
