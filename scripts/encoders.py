"""What bench_encode.py measures: fitted models, ours and its peers', kept in a folder so that a fit is made once."""

import argparse
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from benchmarks import Work
from experiments import read_parts
from threadpoolctl import threadpool_limits

from textsc import SparseCoding, load_model, save_model

SEED = 0
SWEEPS = 4  # over the training documents, of the variational methods: enough for topics that tell documents apart
UPDATES = 30  # of the factorisation
SAMPLES = 60  # sweeps of the Gibbs sampler
BATCH = 512


@dataclass(frozen=True)
class Case:
    """A vocabulary and a number of topics.

    Examples
    --------
    >>> Case(2000, 50).name, Case.named("V2000_K50").n_topics
    ('V2000_K50', 50)
    """

    n_words: int
    n_topics: int

    @classmethod
    def named(cls, name: str) -> "Case":
        """Return the case of a name."""
        words, topics = name.split("_")
        return cls(int(words.removeprefix("V")), int(topics.removeprefix("K")))

    @property
    def name(self) -> str:
        """What results call it."""
        return f"V{self.n_words}_K{self.n_topics}"

    @property
    def least_documents(self) -> int:
        """In how many documents a word has to be: few corpora have many words in five."""
        return 5 if self.n_words <= 10_000 else 1


CASES = (Case(2_000, 50), Case(10_000, 100), Case(50_000, 200))
DEVICE_CASES = (Case(2_000, 50), Case(10_000, 100), Case(50_000, 200), Case(50_000, 500))
MADE_UP = 131_072  # documents, where a device is measured: two blocks


@dataclass(frozen=True)
class Material:
    """A corpus in two parts of counts over the words of a case."""

    train: sp.csr_array
    test: sp.csr_array
    words: tuple[str, ...]
    head: dict


def material(case: Case, corpus: str, folder: Path) -> Material:
    """Read the corpus of a case, or what was read before; all documents are kept, the short ones too."""

    def read() -> Material:
        parts, head = read_parts(corpus, n_words=case.n_words, least_documents=case.least_documents, least_tokens=0)
        return Material(parts.train, parts.test, parts.words, head)

    return kept(folder / f"{Path(corpus).name}.V{case.n_words}.pickle", read)


def kept(path: Path, make: Callable[[], Any]) -> Any:
    """Return what a file holds, or make it and keep it. The files are this program's own: pickles run code."""
    if path.exists():
        return pickle.loads(path.read_bytes())
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".partial")
    beside.write_bytes(pickle.dumps(made))
    beside.replace(path)
    return made


def fitted_textsc(case: Case, corpus: str, folder: Path) -> SparseCoding:
    """Return the model of a finished fit at its defaults."""
    path = folder / f"{case.name}.textsc.model"
    if not path.exists():
        model = SparseCoding(case.n_topics, random_state=SEED).fit(material(case, corpus, folder).train)
        save_model(model, path)
    return load_model(path)


def fitted_peer(name: str, case: Case, corpus: str, folder: Path) -> Any:
    """Return a peer's model of the same training documents."""

    def fit() -> Any:
        with threadpool_limits(1):
            return ENCODERS[name].fit(material(case, corpus, folder).train, case.n_topics)

    return kept(folder / f"{case.name}.{name}.pickle", fit)


@dataclass(frozen=True)
class Encoder:
    """A peer: how it is fitted, and how it codes new documents.

    Attributes
    ----------
    fit : callable
        Training counts and number of topics -> model, which can be pickled.
    ready : callable
        Model, counts, threads -> the work that is timed: what it takes as its users have it is made before.
    threads : str
        How it uses several threads.
    """

    package: str
    fit: Callable[[sp.csr_array, int], Any]
    ready: Callable[[Any, sp.csr_array, int], Work]
    threads: str


def _fit_sklearn_lda(X: sp.csr_array, n_topics: int) -> Any:
    from sklearn.decomposition import LatentDirichletAllocation

    model = LatentDirichletAllocation(
        n_topics, learning_method="online", batch_size=BATCH, max_iter=SWEEPS, random_state=SEED
    )
    return model.fit(X)


def _ready_sklearn_lda(model: Any, X: sp.csr_array, threads: int) -> Work:
    model.n_jobs = threads
    return lambda: model.transform(X)


def _fit_nmf_kl(X: sp.csr_array, n_topics: int) -> Any:
    from sklearn.decomposition import NMF

    model = NMF(
        n_topics, init="nndsvda", solver="mu", beta_loss="kullback-leibler", max_iter=UPDATES, random_state=SEED
    )
    return model.fit(_floats(X)).set_params(max_iter=200)  # its default, for new documents


def _ready_nmf_kl(model: Any, X: sp.csr_array, threads: int) -> Work:
    rows = _floats(X)

    def work() -> Any:
        with threadpool_limits(threads):
            return model.transform(rows)

    return work


def _fit_gensim_lda(X: sp.csr_array, n_topics: int) -> Any:
    from gensim.models import LdaModel

    names = {v: str(v) for v in range(X.shape[1])}
    return LdaModel(_bags(X), n_topics, id2word=names, passes=SWEEPS, eval_every=None, random_state=SEED)


def _ready_gensim_lda(model: Any, X: sp.csr_array, threads: int) -> Work:
    bags = _bags(X)
    model.random_state = np.random.RandomState(SEED)
    return lambda: model.inference(bags)


def _fit_tomotopy_lda(X: sp.csr_array, n_topics: int) -> bytes:
    import tomotopy

    model = tomotopy.LDAModel(k=n_topics, seed=SEED, min_cf=0, rm_top=0)
    for bag in _bags(X):
        if bag:
            model.add_doc([str(v) for v, n in bag for _ in range(n)])
    model.train(SAMPLES, workers=1)
    return model.saves(full=False)


def _ready_tomotopy_lda(state: bytes, X: sp.csr_array, threads: int) -> Work:
    import tomotopy

    model = tomotopy.LDAModel.loads(state)
    known = set(model.used_vocabs)
    texts = [[str(v) for v, n in bag for _ in range(n) if str(v) in known] for bag in _bags(X)]
    documents = [model.make_doc(words) for words in texts if words]
    return lambda: model.infer(documents, workers=threads)


#: The peers by the names that results call them.
ENCODERS: dict[str, Encoder] = {
    "sklearn_lda": Encoder("scikit-learn", _fit_sklearn_lda, _ready_sklearn_lda, "n_jobs, which are processes"),
    "gensim_lda": Encoder("gensim", _fit_gensim_lda, _ready_gensim_lda, "one at all times"),
    "tomotopy_lda": Encoder("tomotopy", _fit_tomotopy_lda, _ready_tomotopy_lda, "workers"),
    "nmf_kl": Encoder("scikit-learn", _fit_nmf_kl, _ready_nmf_kl, "those of BLAS"),
}


def _floats(X: sp.csr_array) -> sp.csr_matrix:
    return sp.csr_matrix(X, dtype=np.float64)


def _bags(X: sp.csr_array) -> list[list[tuple[int, int]]]:
    columns, counts = X.indices.tolist(), X.data.tolist()
    return [list(zip(columns[a:b], counts[a:b], strict=True)) for a, b in pairwise(X.indptr.tolist())]


def parsed(description: str | None) -> argparse.Namespace:
    """Return what bench_encode.py is asked for."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", help="a corpus as textsc reads it")
    parser.add_argument("--models", type=Path, help="folder of fits, made where they are missing")
    parser.add_argument("--made-up", type=int, metavar="N", help="N documents made up; on a device by default")
    parser.add_argument("--cases", nargs="+", metavar="V2000_K50", help="by default all that are measured there")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="code every N-th document only")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", nargs="*", choices=ENCODERS, help="by default all that are installed")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds that a peer may take a round")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="of ours")
    parser.add_argument("--shares", action="store_true", help="only the shares of our time, on one thread")
    parser.add_argument("--memory", action="store_true", help="only the most memory that this process holds")
    parser.add_argument("--out", type=Path, help="file of results, to which the cases are added")
    arguments = parser.parse_args()
    if arguments.corpus is None and arguments.device != "cpu":
        arguments.made_up = arguments.made_up or MADE_UP
    if not arguments.made_up and (arguments.corpus is None or arguments.models is None):
        parser.error("--corpus and --models are needed, or --made-up.")
    if arguments.made_up:
        arguments.peers = []  # they are measured on documents that people wrote
    if arguments.cases is None:
        arguments.cases = [case.name for case in (CASES if arguments.device == "cpu" else DEVICE_CASES)]
    if arguments.peers is None:
        modules = {"scikit-learn": "sklearn"}
        arguments.peers = [n for n, peer in ENCODERS.items() if find_spec(modules.get(peer.package, peer.package))]
    return arguments
