"""Every script people write digits in: names, signs, direction, data, and which of their digits look alike.

A further script is a row here, a data file scripts/NAME.npz, and `inkdigit train --script NAME` (docs/scripts.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from inkdigit.errors import ScriptError

WESTERN = "western"
AUTO = "auto"  # in the place of a script's name: the one that a whole number or page is written in
MIXED = "mixed"  # likewise: the one that each number of a page is written in
FOUND = (AUTO, MIXED)  # words for a script that a reader finds


@dataclass(frozen=True)
class Script:
    """A way of writing the digits 0 to 9.

    Attributes:
        name: in commands, settings and file names: "kannada".
        title: in English.
        digits: the ten signs, in Unicode.
        runs_left: whether text around the digits runs from right to left; the digits themselves run left to right.
        is_stacked: whether digits are of several marks above each other, as Chinese ones are.
        zero_is_dot: whether the zero is a dot, or a ring as small as one, half way up the line.
        widths: how many times as wide as on its scans a digit may be, at least and at most: where cells that are no
            squares were made square, the scans do not tell.
        source: the data that its network is trained on, with the licence as its repository states it; "" for western.
        non_commercial: whether that licence forbids commercial use.
    """

    name: str
    title: str
    digits: str
    source: str = ""
    non_commercial: bool = False
    runs_left: bool = False
    is_stacked: bool = False
    zero_is_dot: bool = False
    widths: tuple[float, float] = (1.0, 1.0)

    @property
    def are_squeezed(self) -> bool:
        """Whether its scans do not tell how wide a digit is."""
        return self.widths != (1.0, 1.0)

    def native(self, text: str) -> str:
        """Text with its ASCII digits in the script's own; all other characters stay: "40?" -> "೪೦?"."""
        return text.translate(str.maketrans("0123456789", self.digits))


_CMATER = "Nibaran Das and others, CMATER, Jadavpur University: non-commercial use, with acknowledgement"
SCRIPTS = {
    one.name: one
    for one in (
        Script(WESTERN, "Western", "0123456789"),
        Script(
            "arabic-indic",
            "Arabic-Indic",
            "٠١٢٣٤٥٦٧٨٩",
            "MADBase, El-Sherif and Abdelazeem (2007): no licence stated",
            runs_left=True,
            zero_is_dot=True,
        ),
        Script(
            "persian",
            "Persian",
            "۰۱۲۳۴۵۶۷۸۹",
            "HODA, Khosravi and Kabir (2007): research and non-commercial use",
            non_commercial=True,
            runs_left=True,
            zero_is_dot=True,
        ),
        Script("devanagari", "Devanagari", "०१२३४५६७८९", f"CMATERdb 3.2.1, {_CMATER}", non_commercial=True),
        Script("bengali", "Bengali", "০১২৩৪৫৬৭৮৯", f"CMATERdb 3.1.1, {_CMATER}", non_commercial=True),
        Script("gujarati", "Gujarati", "૦૧૨૩૪૫૬૭૮૯", "Gujarati digits of jaymistry456: no licence stated"),
        Script("gurmukhi", "Gurmukhi", "੦੧੨੩੪੫੬੭੮੯", "Gurmukhi-Handwritten-Digit-Classification: no licence stated"),
        Script("odia", "Odia", "୦୧୨୩୪୫୬୭୮୯", "Handwritten-Odia-Digit-Recognition: no licence stated"),
        Script("telugu", "Telugu", "౦౧౨౩౪౫౬౭౮౯", f"CMATERdb 3.4.1, {_CMATER}", non_commercial=True),
        Script(
            "kannada",
            "Kannada",
            "೦೧೨೩೪೫೬೭೮೯",
            "Kannada-MNIST, Prabhu, arXiv:1908.01242: asks for citation",
            widths=(1.0, 2.0),  # cells of its pages are 1.8 times as wide as high
        ),
        Script(
            "tibetan",
            "Tibetan",
            "༠༡༢༣༤༥༦༧༨༩",
            "TibetanMNIST, Minzu University of China: CC BY-NC-SA 4.0",
            non_commercial=True,
        ),
        Script("thai", "Thai", "๐๑๒๓๔๕๖๗๘๙", "thai-handwriting-number: MIT"),
        Script("burmese", "Burmese", "၀၁၂၃၄၅၆၇၈၉", "page photos of myanmar-digits: no licence stated"),
        Script("chinese", "Chinese", "零一二三四五六七八九", "chinese-mnist: no licence stated", is_stacked=True),
    )
}

# Signs that many hands write alike, whatever they mean: a digit by its script, a letter or symbol of the pen files.
# Told by the charts, and by what one network for all scripts took for each other (benchmarks/script_trunk.py).
_ALIKE = tuple(
    frozenset(group.split())
    for group in (
        "western/0 devanagari/0 bengali/0 gujarati/0 gurmukhi/0 odia/0 telugu/0 kannada/0 tibetan/0 thai/0 burmese/0 "
        "arabic-indic/5 persian/5 persian/0 letter/O letter/o letter/D letter/Q letter/a",
        "arabic-indic/0 persian/0 letter/. letter/, letter/~ letter/$",
        "western/1 arabic-indic/1 persian/1 letter/l letter/I letter/| letter/! letter/' letter/` letter/, letter/\\ "
        "letter// letter/i letter/{ letter/} letter/( letter/) letter/. letter/[ letter/] letter/j letter/J",
        "kannada/1 telugu/1 letter/n letter/^ letter/A arabic-indic/8",
        "burmese/1 odia/6 tibetan/1 gurmukhi/7 letter/) letter/> letter/] letter/} letter/?",
        "western/9 arabic-indic/9 persian/9 bengali/7 devanagari/1 gujarati/1 gurmukhi/1 odia/2 burmese/4 burmese/5 "
        "letter/q letter/g letter/a letter/Q persian/6",
        "western/2 devanagari/2 gujarati/2 gurmukhi/2 bengali/2 tibetan/2 kannada/7 telugu/7 kannada/3 burmese/7 "
        "burmese/3 gujarati/1 letter/z letter/Z letter/? letter/d",
        "kannada/2 telugu/2 bengali/2",
        "western/3 devanagari/3 gujarati/3 gurmukhi/3 tibetan/3 telugu/3 odia/7",
        "odia/3 thai/3 thai/7 letter/m letter/n letter/M",
        "western/8 gujarati/4 devanagari/4 odia/4 gurmukhi/4 bengali/4 telugu/4 kannada/4 letter/& letter/B "
        "letter/x letter/X letter/y letter/Y letter/g letter/%",
        "odia/5 telugu/5 kannada/5 letter/x letter/X letter/& letter/*",
        "western/4 gujarati/5 gurmukhi/5 devanagari/5 tibetan/5 persian/6 letter/y letter/Y letter/u",
        "kannada/6 kannada/9 telugu/6 telugu/9 devanagari/6 gurmukhi/6 gujarati/6 arabic-indic/4 bengali/2 letter/E "
        "letter/& letter/{ letter/` letter/L letter/Z gurmukhi/9 telugu/8",
        "kannada/8 telugu/8 letter/v letter/U letter/u",
        "devanagari/7 gujarati/7 bengali/3 thai/1 letter/@ bengali/6 tibetan/6",
        "arabic-indic/7 persian/7 letter/v letter/V letter/U letter/u letter/W letter/Y letter/y",
        "arabic-indic/8 persian/8 chinese/8 letter/^ letter/A letter/n",
        "western/7 arabic-indic/6 persian/6 gurmukhi/7 tibetan/1 letter/? letter/> letter/` letter/~ letter/T",
        "devanagari/8 gujarati/8 tibetan/8 arabic-indic/2 tibetan/4 letter/L letter/C letter/c letter/< letter/( "
        "letter/[",
        "arabic-indic/2 arabic-indic/3 persian/2 persian/3 persian/4 letter/Y letter/r letter/} letter/~ letter/C "
        "letter/c",
        "odia/8 gurmukhi/8 letter/r letter/T letter/F letter/f letter/[",
        "odia/9 thai/7 letter/W letter/w letter/N letter/M",
        "odia/1 gujarati/9 devanagari/9 bengali/5 letter/e letter/G letter/C letter/c letter/p letter/P letter/(",
        "burmese/2 letter/J letter/j letter/] letter/)",
        "burmese/9 burmese/6 letter/G letter/E letter/e letter/C western/6",
        "chinese/1 letter/- letter/_ letter/~",
        "chinese/2 letter/= letter/:",
        "chinese/7 chinese/9 letter/t letter/f letter/T letter/+",
        "bengali/8 letter/b letter/t letter/h",
        "bengali/1 bengali/9 letter/s letter/S letter/J letter/&",
    )
)


def named(name: str) -> Script:
    """The script of that name.

    Raises:
        ScriptError: there is none.
    """
    if name not in SCRIPTS:
        found = " or ".join(FOUND)
        raise ScriptError("a script: " + ", ".join(SCRIPTS), repr(name), f"Name one; a reader finds it by {found}")
    return SCRIPTS[name]


def look_alikes(script: str) -> frozenset[str]:
    """Marks that nobody can tell from a digit of the script: "western/0", "tibetan/2", "letter/E".

    Raises:
        ScriptError: no such script.
    """
    own = {f"{named(script).name}/{digit}" for digit in range(10)}
    return frozenset().union(*(group for group in _ALIKE if group & own)) - own
