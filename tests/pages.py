"""README.md and the pages of docs/, read as Markdown."""

import os
import re
import shlex
from dataclasses import dataclass, field
from pathlib import PurePath

from markdown_it import MarkdownIt

from tests.pipeline import ROOT

PAGES = "README.md", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/*.md"))
MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass
class Page:
    """What a page consists of.

    Attributes:
        blocks: (language, text) of the fenced blocks.
        links: (text, target).
        pictures: the places of the pictures, relative to the page.
        code: what stands in backquotes within the text.
        anchors: of the headings, as GitHub makes them.
    """

    name: str
    text: str
    blocks: list[tuple[str, str]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def blocks_of(self, language: str) -> list[str]:
        return [text for name, text in self.blocks if name == language]

    def lines(self) -> list[str]:
        """The command lines of its bash blocks, those that go on after a backslash as one."""
        text = "\n".join(self.blocks_of("bash")).replace("\\\n", " ")
        return [line for line in text.splitlines() if line.strip()]


def read(name: str) -> Page:
    page = Page(name, (ROOT / name).read_text())
    tokens = MARKDOWN.parse(page.text)
    for before, token in zip([None, *tokens], tokens):
        if token.type in ("fence", "code_block"):
            page.blocks.append((token.info, token.content))
        for number, part in enumerate(token.children or []):
            if part.type == "code_inline":
                page.code.append(part.content)
            elif part.type == "image":
                page.pictures.append(part.attrs["src"])
            elif part.type == "link_open":
                page.links.append((token.children[number + 1].content, part.attrs["href"]))
        if before and before.type == "heading_open":
            text = "".join(part.content for part in token.children)
            page.anchors.add(re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-"))
    return page


def commands(line: str) -> list[list[str]]:
    """The commands of a line as words, without comments and what `>` writes to."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found: list[list[str]] = [[]]
    for word in lexer:
        if set(word) == {">"}:
            next(lexer)
        elif set(word) <= set("&|;"):
            found.append([])
        else:
            found[-1].append(word)
    return [words for words in found if words]


def resolved(place: PurePath) -> str:
    """A place relative to the repository, without `..`."""
    return os.path.normpath(place)


ALL = [read(name) for name in PAGES]
