from __future__ import annotations

import inkdigit
from inkdigit.models import specimens


def test_every_specimen_is_read_as_what_it_is(reader: inkdigit.Reader) -> None:
    labels, written = specimens.digits()
    assert len(labels) == len(written) == 50
    assert [reader.ink(one).text for one in written] == [str(label) for label in labels]
