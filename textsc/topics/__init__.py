"""What a topic says: its words, how much of a corpus it is, and where it speaks. Arrays in, plain values out."""

from textsc.topics.descriptors import STRENGTH as STRENGTH
from textsc.topics.descriptors import exclusivity as exclusivity
from textsc.topics.descriptors import prevalence as prevalence
from textsc.topics.descriptors import spectral_peaks as spectral_peaks
from textsc.topics.descriptors import top_words as top_words
from textsc.topics.descriptors import topic_word_distributions as topic_word_distributions
from textsc.topics.descriptors import topic_word_scores as topic_word_scores
from textsc.topics.documents import code_shares as code_shares
from textsc.topics.documents import strongest_rows as strongest_rows
from textsc.topics.documents import topic_evidence as topic_evidence
from textsc.topics.passages import Passage as Passage
from textsc.topics.passages import best_passage as best_passage
