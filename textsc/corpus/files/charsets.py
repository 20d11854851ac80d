"""Which encoding bytes are in: by their mark, as UTF-8, else told from their content."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

from textsc.corpus.records import CorpusError, ReadingOptionError

__all__ = ["SAMPLE", "checked_encoding", "decode", "decode_file", "detect", "marked_encoding", "transcoded"]

#: Bytes that are not UTF-8 from which their encoding is told.
SAMPLE = 1 << 16
# windows-1252 with its five undefined bytes read as latin-1, so that every byte has a meaning.
_WINDOWS_1252 = "".join(
    bytes([i]).decode("latin-1" if i in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else "cp1252") for i in range(256)
)
_FALLBACK = "windows-1252"
# What texts are found in; the more there are to choose from, the more is guessed wrong.
_CANDIDATES = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp866", "koi8_r"),
    *("iso8859_2", "iso8859_5", "iso8859_7", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
_FEWEST = 24  # bytes beyond ASCII; of fewer nothing can be told
_BEYOND_ASCII = bytes(range(128, 256))
# The longer mark first: that of UTF-32 begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def checked_encoding(encoding: str) -> str:
    """Refuse what is no encoding of text.

    Parameters
    ----------
    encoding : str
        As Python names it.

    Returns
    -------
    str
        The same.

    Raises
    ------
    ReadingOptionError
        Python knows no such encoding, or it is none of text.

    Examples
    --------
    >>> checked_encoding("latin-1")
    'latin-1'
    """
    try:
        b"a".decode(encoding)  # of no bytes at all Python asks no codec
    except UnicodeDecodeError:
        pass  # half a character of an encoding of wide ones
    except (LookupError, ValueError) as error:
        raise ReadingOptionError(
            f"{encoding!r} is not an encoding that is known for --encoding; known are utf-8, utf-16, latin-1, "
            "windows-1252, koi8-r, shift_jis and all others of Python."
        ) from error
    return encoding


def marked_encoding(head: bytes) -> str | None:
    r"""Tell UTF-16 and UTF-32 by their byte-order marks.

    Parameters
    ----------
    head : bytes
        The start of a file, at least 4 bytes where it has them.

    Returns
    -------
    str or None
        None without such a mark.

    Examples
    --------
    >>> marked_encoding("día".encode("utf-32")), marked_encoding(b"\xef\xbb\xbftext")
    ('utf-32', None)
    """
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def transcoded(chunks: Iterable[bytes], encoding: str, *, name: str) -> Iterator[bytes]:
    r"""Turn text of a known encoding into UTF-8 without a mark.

    Parameters
    ----------
    chunks : iterable of bytes
        The content in pieces.
    encoding : str
        Its encoding; bytes that are none of it become U+FFFD.
    name : str
        What messages call it.

    Yields
    ------
    bytes
        The content in pieces.

    Raises
    ------
    CorpusError
        The encoding cannot go on after a fault.

    Examples
    --------
    >>> b"".join(transcoded([b"caf", b"\xe9"], "latin-1", name="menu")).decode()
    'café'
    """
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    begun = False
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            if text:
                yield (text if begun else text.removeprefix("\ufeff")).encode("utf-8", "replace")
                begun = True
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")
    except UnicodeError as error:
        raise CorpusError(f"{name} cannot be read as {encoding}: {error}. Check --encoding.") from error


def detect(pieces: Iterable[bytes]) -> str:
    """Tell the encoding of bytes that are not UTF-8; the same bytes give the same answer.

    Parameters
    ----------
    pieces : iterable of bytes
        Lines or files, not UTF-8; the first 64 KiB of them count.

    Returns
    -------
    str
        Its name; windows-1252 where there is too little to tell, and where that is as likely as any.

    Examples
    --------
    >>> detect(["Все счастливые семьи похожи друг на друга".encode("koi8-r")])
    'koi8-r'
    >>> detect(["Über die Straße".encode("latin-1")])
    'windows-1252'
    """
    from charset_normalizer import from_bytes

    sample = b"\n".join(pieces)
    if len(sample) > SAMPLE:
        # Not in the middle of a character of two bytes.
        sample = re.split(rb"\s(?=\S*\Z)", sample[:SAMPLE])[0]
    if len(sample) - len(sample.translate(None, _BEYOND_ASCII)) < _FEWEST:
        return _FALLBACK
    found = from_bytes(sample, cp_isolation=list(_CANDIDATES), enable_fallback=False)
    best = found.best()
    if best is None:
        return _FALLBACK
    likely = [match for match in found if match.chaos <= best.chaos and match.coherence >= best.coherence]
    names = {name for match in likely for name in (match.encoding, *(other.encoding for other in match.submatch))}
    if "cp1252" in names:
        return _FALLBACK
    return re.sub("^cp125", "windows-125", best.encoding).replace("iso8859", "iso-8859").replace("_", "-")


def decode(data: bytes, charset: str = _FALLBACK) -> tuple[str, str | None]:
    r"""Read bytes as UTF-8, else as what was told, else as windows-1252.

    Parameters
    ----------
    data : bytes
        A line or a whole file.
    charset : str, default "windows-1252"
        From `detect`.

    Returns
    -------
    tuple of str and (str or None)
        The text and, where a repair was needed, a clause that says so.

    Examples
    --------
    >>> decode(b"caf\xe9")
    ('café', 'not UTF-8, read as windows-1252')
    """
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        pass
    if charset != _FALLBACK:
        try:
            return data.decode(charset), f"not UTF-8, read as {charset}"
        except UnicodeDecodeError:
            pass
    return codecs.charmap_decode(data, "strict", _WINDOWS_1252)[0], f"not UTF-8, read as {_FALLBACK}"


def decode_file(data: bytes, *, encoding: str | None, name: str) -> tuple[str, str | None] | None:
    r"""Read a whole file by a known encoding or its mark, else as UTF-8.

    Parameters
    ----------
    data : bytes
        The file.
    encoding : str or None
        Its encoding, where it is known.
    name : str
        What messages call it.

    Returns
    -------
    tuple of str and (str or None), or None
        As from `decode`; None where nothing is known, and it is not UTF-8 either.

    Raises
    ------
    CorpusError
        As for `transcoded`.

    Examples
    --------
    >>> decode_file("día".encode("utf-16"), encoding=None, name="a.txt")
    ('día', 'read as utf-16, by its byte-order mark')
    """
    marked = marked_encoding(data[:4]) if encoding is None else None
    known = encoding or marked
    if known is None:
        try:
            return data.decode("utf-8-sig"), None
        except UnicodeDecodeError:
            return None
    text = b"".join(transcoded([data], known, name=name)).decode("utf-8")
    if "\ufffd" in text:
        return text, replaced(known)
    return text, None if marked is None else by_mark(marked)


def replaced(encoding: str) -> str:
    """Say that there are bytes which a known encoding lacks."""
    return f"bytes that are not {encoding}, read as U+FFFD"


def by_mark(encoding: str) -> str:
    """Say how an encoding was told."""
    return f"read as {encoding}, by its byte-order mark"
