"""Every script through the whole path: strokes, pictures, pages; and which script it is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn import DIGITS
from numpy.typing import NDArray

import inkdigit
from inkdigit import scripts
from inkdigit.errors import ScriptError
from inkdigit.evaluation import script_numbers, script_strokes
from inkdigit.ink.strokes import Strokes, draw
from inkdigit.models import catalogue
from inkdigit.reader import Reader
from inkdigit.recognition import seen
from inkdigit.scripts import SCRIPTS, WESTERN
from inkdigit.settings import Settings
from inkdigit.store import intake

OTHERS = [name for name in SCRIPTS if name != WESTERN]
DOTS = ("arabic-indic", "persian")  # scripts whose zero is a dot
TOLD = {  # a number whose digits tell its script
    "devanagari": "3796", "bengali": "5961", "gujarati": "5896", "odia": "1359",
    "kannada": "2485", "tibetan": "4769", "thai": "2548", "burmese": "2496", "chinese": "5639",
}  # fmt: skip


@pytest.fixture(scope="module")
def each(reader: Reader) -> dict[str, Reader]:
    return {name: reader.of_script(name) for name in SCRIPTS}


def number(script: str, text: str, seed: int = 0) -> Strokes:
    """A number drawn by the templates of a script."""
    random = np.random.default_rng(seed)
    digits = [script_strokes.written(script, int(one), random) for one in text]
    dots = [None if len(one.paths) == 1 and len(one.paths[0]) == 1 else one for one in digits]
    return script_numbers.as_strokes(dots, random)


def sheet(drawn: Strokes, high: int = 70) -> NDArray[np.uint8]:
    """Strokes in dark ink on light paper."""
    box = drawn.box
    assert box is not None
    wide = (box[2] - box[0]) / max(1.0, box[3] - box[1])
    ink = draw(drawn, round(high * max(1.0, wide)), 6)
    return np.asarray(240 - np.pad(ink, high).astype(np.float32) * 0.8, np.uint8)


@pytest.mark.parametrize("script", SCRIPTS)
def test_drawings_of_every_digit_of_every_script_are_read(each: dict[str, Reader], script: str) -> None:
    random = np.random.default_rng(5)
    wrong = dict.fromkeys(range(10), 0)
    for digit in wrong:
        for _ in range(50):
            read = each[script].ink(script_strokes.written(script, digit, random), single=True)
            wrong[digit] += read.text != str(digit)
    assert max(wrong.values()) <= 1, wrong


@pytest.mark.parametrize("script", OTHERS)
def test_a_drawn_number_is_told_in_ascii_and_in_its_own_digits(each: dict[str, Reader], script: str) -> None:
    read = [each[script].ink(number(script, "2975", seed)) for seed in range(5)]
    assert sum(one.text == "2975" for one in read) >= 4, [one.text for one in read]
    best = next(one for one in read if one.text == "2975")
    assert best.native == "".join(SCRIPTS[script].digits[int(one)] for one in "2975")
    assert best.script == script
    assert best.to_json()["native"] == best.native


def test_a_thousand_strokes_are_not_parted_in_scripts_of_stacked_marks(
    each: dict[str, Reader], asked: list[int]
) -> None:
    """They were a number of a thousand digits: for 4 seconds, and four times that for twice as many."""
    dots = np.random.default_rng(0).uniform(0, 1_000, (1_000, 2)).tolist()
    found = each["chinese"].ink([[dot] for dot in dots])
    assert (found.text, found.dense) == ("?", True)
    assert sum(asked) < 10


def test_a_picture_whose_script_is_found_is_made_ready_once(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was cropped and made small for every script: of a line of ten million pixels for 7 seconds."""
    asked: list[int] = []
    of_picture = seen.of_picture

    def counted(image: NDArray[np.uint8], settings: Settings) -> seen.Seen:
        asked.append(1)
        return of_picture(image, settings)

    monkeypatch.setattr(seen, "of_picture", counted)
    assert reader.of_script("auto").digit(sheet(number("kannada", "4"))).value == 4
    assert len(asked) == 1


def dotted(script: str, kind: str, random: np.random.Generator) -> tuple[str, Strokes]:
    """A number of two to five digits, not all zeros, and its strokes: its zeros are dots of that kind."""
    text = "0"
    while "0" not in text or not text.strip("0"):
        text = "".join(random.choice(list("0123456789"), size=int(random.integers(2, 6))))
    drawn = [None if one == "0" else script_strokes.written(script, int(one), random) for one in text]
    turns = np.linspace(0, 13 if kind == "blob" else 6.4, 24)
    reach = float(random.uniform(3, 8)) * (np.linspace(0.3, 1, 24) if kind == "blob" else 1)
    dot = np.stack([np.cos(turns) * reach, np.sin(turns) * reach], axis=1).astype(np.float32)
    paths = script_numbers.as_strokes(drawn, random).paths
    return text, Strokes(tuple(one + dot if len(one) == 1 and kind != "tap" else one for one in paths))


@pytest.mark.parametrize("kind", ["tap", "blob", "ring"])
@pytest.mark.parametrize("script", DOTS)
def test_a_dot_among_digits_is_a_zero_where_zeros_are_dots(each: dict[str, Reader], script: str, kind: str) -> None:
    random = np.random.default_rng(8)
    numbers = [dotted(script, kind, random) for _ in range(20)]
    read = [(text, each[script].ink(strokes).text) for text, strokes in numbers]
    assert sum(text == found for text, found in read) >= 17, read
    on_paper = [(text, [one.text for one in each[script].page(sheet(strokes)).numbers]) for text, strokes in numbers]
    assert sum([text] == found for text, found in on_paper) >= 12, on_paper


@pytest.mark.parametrize("script", OTHERS)
def test_a_number_on_paper_is_read_with_its_place(each: dict[str, Reader], script: str) -> None:
    pictures = [sheet(number(script, "635", seed)) for seed in range(5)]
    pages = [each[script].page(one) for one in pictures]
    texts = [[one.text for one in page.numbers] for page in pages]
    assert sum(one == ["635"] for one in texts) >= 3, texts
    at = texts.index(["635"])
    box, (high, wide) = pages[at].numbers[0].box, pictures[at].shape
    assert box is not None
    assert box == pytest.approx((70, 70, wide - 70, high - 70), abs=14)


@pytest.mark.parametrize("script", OTHERS)
def test_a_number_of_widely_set_digits_is_one_number(each: dict[str, Reader], script: str) -> None:
    random = np.random.default_rng(4)
    read = []
    for text in ("635", "2974", "84", "4263", "958"):
        drawn, right = [], 0.0
        for digit in text:
            one = script_strokes.written(script, int(digit), random)
            box = one.box or (0.0, 0.0, 1.0, 1.0)
            scale = 100 / max(box[3] - box[1], (box[2] - box[0]) / 1.3)
            down = (100 - (box[3] - box[1]) * scale) / 2
            drawn += [((path - box[:2]) * scale + (right, down)).astype(np.float32) for path in one.paths]
            right = max(float(path[:, 0].max()) for path in drawn) + 42
        read.append(([text], [one.text for one in each[script].page(sheet(Strokes(tuple(drawn)))).numbers]))
    assert sum(text == found for text, found in read) >= 3, read


@pytest.mark.parametrize("script", OTHERS)
def test_a_word_is_surely_no_number(each: dict[str, Reader], script: str) -> None:
    sure = []
    for word in ("Reading", "Signature", "Hamburg", "please", "Grade", "Weight"):
        paper = np.full((160, 60 + 60 * len(word)), 240, np.uint8)
        cv2.putText(paper, word, (40, 100), cv2.FONT_HERSHEY_SCRIPT_COMPLEX, 2.2, 60, 3, cv2.LINE_AA)
        sure += [(word, one.text, one.confidence) for one in each[script].page(paper).numbers if one.confidence > 0.8]
    assert len(sure) <= 1, sure


@pytest.mark.parametrize("script", OTHERS)
def test_an_empty_sheet_is_blank_and_a_scribble_is_no_digit(each: dict[str, Reader], script: str) -> None:
    assert each[script].ink([]).text == ""
    assert each[script].page(np.full((300, 300), 255, np.uint8)).numbers == ()
    turns = np.random.default_rng(1).uniform(0, 100, (30, 2))
    if script not in DOTS:  # there a blob is a zero
        assert each[script].ink([turns], single=True).digits[0].value is None


@pytest.mark.parametrize("script", TOLD)
def test_the_script_of_a_number_is_found(reader: Reader, script: str) -> None:
    finder = reader.of_script("auto")
    read = [finder.ink(number(script, TOLD[script], seed)) for seed in range(5)]
    assert sum(one.script == script for one in read) >= 4, [one.scripts for one in read]
    found = next(one for one in read if one.script == script)
    assert found.scripts[0][0] == script
    assert 0.3 < found.scripts[0][1] <= 1
    assert sum(chance for _, chance in found.scripts) <= 1.0001


def test_four_different_digits_tell_every_script(reader: Reader) -> None:
    finder = reader.of_script("auto")
    random = np.random.default_rng(17)
    asked = [(script, random.permutation(10)[:4]) for script in SCRIPTS for _ in range(4)]
    found = [
        finder.ink(number(script, "".join(map(str, digits)), at)).script for at, (script, digits) in enumerate(asked)
    ]
    assert sum(one == script for one, (script, _) in zip(found, asked, strict=True)) >= 55, found


def test_the_script_of_a_western_number_is_found(reader: Reader) -> None:
    strokes = [[[x + 130 * at, y] for x, y in path] for at, digit in enumerate((2, 7, 3)) for path in DIGITS[digit]]
    read = reader.of_script("auto").ink(strokes)
    assert (read.script, read.text) == (WESTERN, "273")


def test_arabic_indic_and_persian_share_most_signs_and_auto_names_both(reader: Reader) -> None:
    read = reader.of_script("auto").ink(number("arabic-indic", "2389"))
    assert {name for name, _ in read.scripts[:2]} == {"arabic-indic", "persian"}
    assert read.text == "2389"


def test_a_ring_is_a_zero_in_many_scripts_and_auto_says_so(reader: Reader) -> None:
    read = reader.of_script("auto").ink(number("thai", "0"), single=True)
    assert len(read.scripts) > 3
    assert read.scripts[0][1] < 0.5


def test_a_page_is_read_in_one_script_as_a_whole(reader: Reader) -> None:
    rows = [sheet(number("kannada", text, seed), 60) for seed, text in enumerate(["2485", "594", "1862"])]
    wide = max(row.shape[1] for row in rows)
    page = np.vstack([np.pad(row, ((0, 0), (0, wide - row.shape[1])), constant_values=240) for row in rows])
    read = reader.of_script("auto").page(page)
    assert {one.script for one in read.numbers} == {"kannada"}
    assert read.numbers[0].scripts[0][0] == "kannada"


def stacked(rows: list[tuple[str, str]]) -> NDArray[np.uint8]:
    """A page with a number in each row: the script, and its digits."""
    drawn = [western(text) if script == WESTERN else number(script, text, at) for at, (script, text) in enumerate(rows)]
    sheets = [sheet(one, 60) for one in drawn]
    wide = max(one.shape[1] for one in sheets)
    return np.vstack([np.pad(one, ((0, 0), (0, wide - one.shape[1])), constant_values=240) for one in sheets])


def western(text: str) -> Strokes:
    """A number drawn with a pen."""
    return Strokes.of(
        [[[x + 130 * at, y] for x, y in path] for at, one in enumerate(text) for path in DIGITS[int(one)]]
    )


@pytest.mark.parametrize(
    "rows",
    [
        [("thai", "2548"), (WESTERN, "275"), ("bengali", "5961")],
        [("tibetan", "4769"), ("chinese", "5639"), ("burmese", "2496"), ("gujarati", "5896")],
    ],
)
def test_each_number_of_a_mixed_page_is_read_in_its_own_script(reader: Reader, rows: list[tuple[str, str]]) -> None:
    read = reader.of_script("mixed").page(stacked(rows)).numbers
    assert [(one.script, one.text) for one in read] == rows
    assert all(one.scripts[0][0] == one.script and sum(chance for _, chance in one.scripts) <= 1.0001 for one in read)


def test_a_sign_of_many_scripts_is_of_that_which_the_page_is_written_in(reader: Reader) -> None:
    rows = [("thai", "2548"), ("thai", "5931"), ("thai", "0"), ("thai", "6249")]
    read = reader.of_script("mixed").page(stacked(rows)).numbers
    assert [(one.script, one.text) for one in read] == rows


def test_a_western_page_is_read_by_its_rows_whether_or_not_scripts_are_mixed(reader: Reader) -> None:
    page = stacked([(WESTERN, "275"), (WESTERN, "3184"), (WESTERN, "96")])
    by_rows, mixed = (reader.of_script(script).page(page).numbers for script in (WESTERN, "mixed"))
    assert [one.text for one in mixed] == [one.text for one in by_rows]
    assert {one.script for one in mixed} == {WESTERN}


def test_what_is_kept_of_a_mixed_page_is_in_the_script_of_most_of_its_digits(reader: Reader) -> None:
    page = stacked([("thai", "2548"), (WESTERN, "27"), ("thai", "5931")])
    made = intake.from_picture(reader.of_script("mixed"), page)
    assert made.script == "thai"
    assert made.text.split()[:1] == ["2548"]
    assert made.text == " ".join(one.text for one in reader.of_script("thai").page(page).numbers)


def test_mixed_scripts_of_nothing_noise_and_one_drawing(reader: Reader) -> None:
    mixed = reader.of_script("mixed")
    assert mixed.asked == "mixed"
    assert mixed.page(np.full((500, 500), 255, np.uint8)).numbers == ()
    noise = np.random.default_rng(2).integers(0, 256, (600, 600), dtype=np.uint8)
    assert all(one.confidence < 0.9 for one in mixed.page(noise).numbers)
    strokes = number("thai", "2548")
    assert mixed.ink(strokes).script == reader.of_script("auto").ink(strokes).script == "thai"


def test_single_pictures_are_read_in_the_script_that_is_asked_for(each: dict[str, Reader]) -> None:
    thai = [sheet(script_strokes.written("thai", digit, np.random.default_rng(digit))) for digit in range(10)]
    found = [one.value for one in each["thai"].digits(thai)]
    assert sum(value == digit for digit, value in enumerate(found)) >= 9, found
    assert each["thai"].digit(thai[4]).value == 4


def test_the_setting_names_the_script_and_the_argument_goes_before_it() -> None:
    settings = inkdigit.Settings(script="thai")
    assert Reader(settings=settings).script == "thai"
    assert Reader("burmese", settings=settings).script == "burmese"
    assert Reader(settings=inkdigit.Settings(script="auto")).finds_script
    assert Reader(settings=inkdigit.Settings(script="mixed")).asked == "mixed"


def test_a_reader_of_another_script_shares_what_it_can_and_is_loaded_once(reader: Reader) -> None:
    thai = reader.of_script("thai")
    assert reader.of_script("thai") is thai
    assert thai.pages is reader.pages
    assert thai.of_script("kannada") is reader.of_script("kannada")
    assert reader.of_script(WESTERN) is reader


def test_western_is_read_as_ever_by_a_reader_that_began_with_another_script() -> None:
    western = Reader("thai", settings=inkdigit.Settings()).of_script(WESTERN)
    assert western.rows is not None
    assert western.ink(DIGITS[7]).text == "7"


def test_an_unknown_script_is_told_with_the_known_ones() -> None:
    with pytest.raises(ScriptError, match=r"western, arabic-indic.*'maya'"):
        Reader("maya", settings=inkdigit.Settings())
    with pytest.raises(ScriptError, match="'maya'"):
        Reader(settings=inkdigit.Settings(script="maya"))


def test_a_model_of_another_script_is_told() -> None:
    with pytest.raises(ScriptError, match=r"a model of the script thai, got .*which reads kannada"):
        Reader("thai", model=catalogue.shipped("kannada"), settings=inkdigit.Settings())


@pytest.mark.parametrize("script", OTHERS)
def test_a_card_names_script_data_and_licence(each: dict[str, Reader], script: str) -> None:
    card = each[script].model.card
    assert card.script == script
    assert card.provenance["data_licences"][0] == scripts.SCRIPTS[script].source
    assert card.provenance["non_commercial"] is scripts.SCRIPTS[script].non_commercial
    wrong, total = card.mistakes[f"{script}-test"]
    assert 0 <= wrong < 0.06 * total
    assert card.provenance["commit"].isalnum()


@pytest.mark.parametrize("script", [name for name in OTHERS if not SCRIPTS[name].non_commercial])
def test_a_free_network_was_trained_on_nothing_that_may_not_be_used_commercially(
    each: dict[str, Reader], script: str
) -> None:
    trained_on = set(each[script].model.card.provenance["trained_on"])
    assert not trained_on & {name for name, one in SCRIPTS.items() if one.non_commercial}


def test_all_networks_of_scripts_together_are_small() -> None:
    telling = catalogue.telling_scripts()
    assert telling is not None
    files = [*map(catalogue.shipped, SCRIPTS), telling]
    assert sum(path.stat().st_size for path in files) < 4_000_000
