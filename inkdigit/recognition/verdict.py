"""How sure a reading is, in plain words: English here, other languages from the page's words by the verdict's kind."""

from __future__ import annotations

from dataclasses import dataclass

_ENGLISH = {
    "blank": "draw a digit",
    "refused": "this does not look like a digit",
    "dense": "too many strokes to read",
    "refused-number": "this does not look like a number",
    "refused-one": "one mark does not look like a digit",
    "refused-some": "{other} marks do not look like digits",
    "sure": "sure",
    "fairly": "fairly sure",
    "fairly-other": "fairly sure: it could be {other}",
    "fairly-digit": "fairly sure: it could be a {other}",
    "fairly-digit-8": "fairly sure: it could be an 8",
    "fairly-none": "fairly sure: it could be no digit",
    "unsure-marks": "not sure which marks belong together",
    "unsure-other": "not sure: it could be {other}",
    "unsure-digit": "not sure: {value} or {other}",
    "unsure-none": "not sure: {value} or no digit",
}
KINDS = tuple(kind for kind in _ENGLISH if kind != "fairly-digit-8")


@dataclass(frozen=True)
class Verdict:
    """What is said of a reading.

    Attributes:
        kind: one of KINDS; the page has words for each in every language.
        value: the digit that was read, as text; "" where the words do not name it.
        other: what it could be instead, or how many marks, as text; "" where the words do not name it.
    """

    kind: str
    value: str = ""
    other: str = ""

    @property
    def words(self) -> str:
        """In English, beginning with a small letter."""
        found = _ENGLISH.get(f"{self.kind}-{self.other}") or _ENGLISH[self.kind]
        return found.format(value=self.value, other=self.other)

    def to_json(self) -> dict[str, str]:
        """Its kind, and what the words name."""
        return {"kind": self.kind, "value": self.value, "other": self.other}
