"""The solve on a device: how many documents at once, and what to do where there is no room for them.

What a pass costs. With V words, K topics and float32, a pass of one document is two products with the basis, 4VK
floating-point operations, and V exponentials between them. The activations are written once, read and written by the
exponential, and read once: 16V bytes, for no product's result stays on the chip where V is large; the basis, 8VK
bytes, is read once for all documents of a product. At V = 10,000 and K = 100 that is 4.0 Mflop and 160 kB a document
and pass.

What it allows. An H100 SXM does 67 Tflop/s in float32 and moves 3.35 TB/s (NVIDIA's data sheet of the H100 Tensor
Core GPU): 60 ns for the products and 48 ns for the memory, one after the other 108 ns, so 9.3 million documents and
passes a second; with the 7.1 passes that a document of 20 Newsgroups takes (see `textsc.coding.softmax`), 1.3 million
documents a second at most. The rest of an iteration, on vectors of K numbers, moves about 0.5 kB for each of them: 50
kB a document and pass, 15 ns. To start a kernel takes Python some 10 µs, and an iteration starts about three hundred:
3 ms, as long as the card takes for 25,000 documents. So a block has to be large, and `device_rows` makes it so. None
of this has been measured on a card: `scripts/bench_encode.py --device cuda` does that.

What crosses. Into a block go its counts, as sparse rows, and λ_d; out of it come codes, gaps and numbers of passes.
An iteration of the solve asks for one number, how many documents it certified (`Batch.retire`); a step of the
conjugate gradients behind the derivative for one, how many are open; a damped Newton step of a straggler for one; one
of the proximal gradient for one. In learning, basis, running means and gradients stay where the solve is.

What TF32 would do. With the factors of the products rounded to ten bits of mantissa they run at up to 495 Tflop/s
(dense, the same data sheet): 8 ns in place of 60, and memory is the limit, at half the time of a pass. Imitated in
NumPy (`scripts/exp_tf32.py`, 2,000 words and 50 topics, 10,000 and 100; tolerance 1e-4) Bᵀr is then wrong by 3e-4 in
its worst component, 1e-3 at most, and not by 1e-7: 7 % of the documents are not certified in 40 passes, 1.3 % are
said to be and are not, and a document takes 7.7 passes in place of 4.8. So it is not used: CuPy does so only where it
is asked to (CUPY_TF32=1).
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from textsc.arrays import LANES, DeviceError, open_device
from textsc.columns import DEVICE_NUMBERS

__all__ = ["IN_FLIGHT", "Room", "device_rows", "in_halves", "one_of_few"]

MOST_ROWS = 1 << 16  # what a card is busy with for longer than Python takes to say so
VECTORS = 60  # of K numbers that a document has in the solve: twenty are BFGS pairs
TILES = 3  # arrays of activations that are held at once
IN_FLIGHT = 2  # blocks on a device at once: while one is solved, the counts and codes of another travel

Result = TypeVar("Result")

_LOG = logging.getLogger(__name__)
_slots = threading.BoundedSemaphore(IN_FLIGHT)


def one_of_few() -> threading.BoundedSemaphore:
    """Return the context in which at most `IN_FLIGHT` threads are at a time.

    Examples
    --------
    >>> with one_of_few():
    ...     pass
    """
    return _slots


def device_rows(total_bytes: int, n_components: int, itemsize: int) -> int:
    """Return how many documents a device solves at once: as many as half its memory holds, but 65,536.

    The size follows from the whole memory, not from what is free of it, so that it does not depend on other programs.

    Parameters
    ----------
    total_bytes : int
        Memory of the device.
    n_components : int
    itemsize : int
        Bytes of a number.

    Examples
    --------
    >>> device_rows(80 << 30, n_components=100, itemsize=4), device_rows(8 << 30, n_components=500, itemsize=4)
    (65536, 11136)
    """
    room = total_bytes // 2 // IN_FLIGHT - TILES * DEVICE_NUMBERS * itemsize
    rows = max(room, 0) // (VECTORS * n_components * itemsize)
    return max(1, min(MOST_ROWS, rows) // LANES) * LANES


@dataclass
class Room:
    """How many documents at once a device was found to have room for, by the blocks of one job."""

    most: int = MOST_ROWS


def in_halves(work: Callable[[slice], Result], rows: slice, *, device: str, room: Room) -> list[Result]:
    """Do work on rows; where the device has no room for them, on one half and then the other.

    That is logged as a warning, which the command line shows.

    Parameters
    ----------
    work : callable
        Takes a slice.
    rows : slice
        With a start and a stop.
    device : {"cpu", "cuda"}
    room : Room
        Is changed where there is less than it says: later blocks begin with that.

    Returns
    -------
    list
        Of what the work returned for the parts, in their order.

    Raises
    ------
    DeviceError
        If there is no room for one row.

    Examples
    --------
    >>> in_halves(lambda rows: rows.stop - rows.start, slice(0, 9), device="cpu", room=Room())
    [9]
    """
    found, n_rows = open_device(device), rows.stop - rows.start
    middle = rows.start + (n_rows + 1) // 2
    if device == "cpu" or n_rows <= max(1, room.most):
        try:
            return [work(rows)]
        except found.out_of_memory as error:
            if n_rows <= 1:
                raise DeviceError(
                    f"device {device!r} has no memory for one document: {error}. "
                    "Free memory on it, take fewer topics or words, or use device 'cpu'."
                ) from error
        room.most = min(room.most, middle - rows.start)  # another thread may have found less
        found.give_back()  # here, where nothing holds on to what the work had made
        _LOG.warning("device %r has no memory for %d documents at once: going on with %d.", device, n_rows, room.most)
    parts = (slice(rows.start, middle), slice(middle, rows.stop))
    return [result for part in parts for result in in_halves(work, part, device=device, room=room)]
