"""How a basis is found: where it starts, and online learning."""

from textsc.learning.basis import Progress as Progress
from textsc.learning.basis import learn_basis as learn_basis
from textsc.learning.start import STARTS as STARTS
from textsc.learning.start import start_basis as start_basis
