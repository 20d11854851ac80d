"""Newswire in SGML: Reuters-21578 and the Associated Press articles of lda-c."""

from __future__ import annotations

import html
import re
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

from textsc.corpus.files.decoding import BINARY, ByteFile, decode, lines
from textsc.corpus.records import CorpusError, Reader, Record

__all__ = ["AssociatedPressReader", "ReutersReader"]

_ATTRIBUTE = re.compile(r'([A-Z]+)="([^"]*)"')
_TOPIC = re.compile(r"<TOPICS>\s*<D>(.*?)</D>", re.DOTALL)
_TEXT = re.compile(r"<TEXT[^>]*>(.*?)</TEXT>", re.DOTALL)
_TITLE = re.compile(r"<TITLE>(.*?)</TITLE>", re.DOTALL)
_BODY = re.compile(r"<BODY>(.*?)</BODY>", re.DOTALL)
_NUMBER = re.compile(r"<DOCNO>(.*?)</DOCNO>", re.DOTALL)


class _SgmlReader(Reader):
    """Articles between two tags, one after the other in one or more files, in constant memory."""

    tag: str

    def __init__(self, files: list[ByteFile], *, name: str) -> None:
        self.name = name
        self._files = files
        self._done = 0

    @property
    def fraction(self) -> float | None:
        """Share of the files that the running iteration has taken, in [0, 1]."""
        if self._done >= len(self._files):
            return 1.0
        return (self._done + (self._files[self._done].fraction or 0.0)) / len(self._files)

    def __iter__(self) -> Iterator[Record]:
        self._done = row = 0
        for file in self._files:
            for where, content in self._articles(file):
                record = self._record(content, row, where)
                if record is not None:
                    yield record
                row += 1
            self._done += 1

    def _articles(self, file: ByteFile) -> Iterator[tuple[str, bytes | None]]:
        """Give each article with its place; None where its end is missing."""
        start, end = (f"<{self.tag} ".encode(), f"<{self.tag}>".encode()), f"</{self.tag}>".encode()
        held: list[bytes] | None = None
        where = ""
        for number, line in enumerate(lines(file.chunks()), start=1):
            if line.startswith(start):
                if held is not None:
                    yield where, None
                held, where = [], f"{file.name}, line {number}"
            if held is not None:
                held.append(line)
                if line.rstrip().endswith(end):
                    yield where, b"\n".join(held)
                    held = None
        if held is not None:
            yield where, None

    def _record(self, content: bytes | None, row: int, where: str) -> Record | None:
        if content is None:
            return Record(str(row), None, None, where, problem=f"the article has no end (no </{self.tag}>)")
        if b"\0" in content:
            return Record(str(row), None, None, where, problem=BINARY)
        article, note = decode(content)
        return self._article(article, row, where, note)

    @abstractmethod
    def _article(self, article: str, row: int, where: str, note: str | None) -> Record | None:
        """Give the document of an article; None where it is not wanted."""


class ReutersReader(_SgmlReader):
    r"""Reuters-21578: 22 files of articles in SGML.

    The id is the attribute NEWID, the label the first topic, the text the title and the body.

    Parameters
    ----------
    folder : pathlib.Path
        Holds ``reut2-000.sgm`` and so on.
    name : str
        What messages call it.
    subset : str, default "all"
        ``train`` and ``test`` are those of the split ModApte: articles with the attribute
        ``TOPICS="YES"`` of which LEWISSPLIT is TRAIN or TEST.

    Raises
    ------
    CorpusError
        There is no such file in the folder, or one cannot be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (pathlib.Path(folder) / "reut2-000.sgm").write_text(
    ...         '<REUTERS TOPICS="YES" LEWISSPLIT="TRAIN" NEWID="7">\n<TOPICS><D>cocoa</D></TOPICS>\n'
    ...         "<TEXT>&#2;\n<TITLE>REVIEW</TITLE>\n<BODY>Showers &lt;often>.\n&#3;</BODY></TEXT>\n</REUTERS>\n")
    ...     [(r.id, r.text, r.label) for r in ReutersReader(pathlib.Path(folder), name="reuters")]
    [('7', 'REVIEW\n\nShowers <often>.', 'cocoa')]
    """

    tag = "REUTERS"

    def __init__(self, folder: Path, *, name: str, subset: str = "all") -> None:
        paths = sorted(folder.glob("reut2-[0-9][0-9][0-9].sgm"))
        if not paths:
            raise CorpusError(f"There is no file reut2-000.sgm in the folder of the corpus {name}, {folder}.")
        super().__init__([ByteFile(path, name=f"{name}/{path.name}", gzipped=False) for path in paths], name=name)
        self._split = None if subset == "all" else subset.upper()

    def _article(self, article: str, row: int, where: str, note: str | None) -> Record | None:
        attributes = dict(_ATTRIBUTE.findall(article[: article.find(">")]))
        if self._split is not None and (attributes.get("TOPICS"), attributes.get("LEWISSPLIT")) != ("YES", self._split):
            return None
        topic, text = _TOPIC.search(article), _TEXT.search(article)
        inner = text[1] if text is not None else ""
        parts = [found[1] for found in (_TITLE.search(inner), _BODY.search(inner)) if found is not None]
        # A few articles are not marked up inside; a brief one has no body.
        content = "\n\n".join(html.unescape(part).strip() for part in parts or [inner])
        label = html.unescape(topic[1]).strip() if topic is not None else None
        return Record(attributes.get("NEWID", str(row)), content, label, where, note=note)


class AssociatedPressReader(_SgmlReader):
    r"""The Associated Press articles that D. Blei distributes with lda-c, ``ap.txt``.

    Parameters
    ----------
    path : pathlib.Path
        The file. The id of a document is its DOCNO.
    name : str
        What messages call it.

    Raises
    ------
    CorpusError
        The file cannot be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "ap.txt"
    ...     _ = file.write_text("<DOC>\n<DOCNO> AP1 </DOCNO>\n<TEXT>\n A student.\n </TEXT>\n</DOC>\n")
    ...     [(r.id, r.text) for r in AssociatedPressReader(file, name="ap")]
    [('AP1', 'A student.')]
    """

    tag = "DOC"

    def __init__(self, path: Path, *, name: str) -> None:
        super().__init__([ByteFile(path, name=name, gzipped=False)], name=name)

    def _article(self, article: str, row: int, where: str, note: str | None) -> Record | None:
        number, text = _NUMBER.search(article), _TEXT.search(article)
        identity = number[1].strip() if number is not None else str(row)
        return Record(identity, text[1].strip() if text is not None else "", None, where, note=note)
