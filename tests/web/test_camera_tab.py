"""The camera tab in Chromium, with a fake camera that plays a film of handwritten numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from drawn import encoded, written
from playwright.sync_api import Browser, Page, WebSocketRoute, expect
from sheet import LEAST, PHONE, SMALL_PHONE, WIDE, Server, fits, opened, until

NUMBERS = ["4071", "268"]
PICTURES = 24  # of the film
MIDDLE, SCALE = (230, 210), 0.9  # of the numbers on their paper, and how large the camera sees them


def film() -> bytes:
    """Two numbers on paper in a hand that shakes a little: JPEG pictures of 640 x 480, one after the other."""
    paper = written(*NUMBERS)
    light = np.linspace(1, 0.75, 640)[None] * np.linspace(1, 0.9, 480)[:, None]
    frames = []
    for step in range(PICTURES):
        angle = 2 * np.pi * step / PICTURES
        turn = cv2.getRotationMatrix2D(MIDDLE, 0.8 * float(np.sin(angle)), SCALE)
        turn[:, 2] += [320 - MIDDLE[0] + 8 * np.cos(angle), 240 - MIDDLE[1] + 5 * np.sin(2 * angle)]
        seen = cv2.warpAffine(paper, turn, (640, 480), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        frames.append(encoded((seen * light).astype(np.uint8), "JPEG", quality=90))
    return b"".join(frames)


@pytest.fixture(scope="module")
def cameras(chromium: str, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera plays the film: the one with windows, for the other has no cameras."""
    path = tmp_path_factory.mktemp("film") / "film.mjpeg"
    path.write_bytes(film())
    with_film = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={path}"]
    found = browser.browser_type.launch(executable_path=chromium, args=["--no-sandbox", *with_film])
    yield found
    found.close()


@pytest.fixture
def tab(cameras: Browser, server: Server) -> Iterator[Page]:
    """The camera tab, with leave to use the camera."""
    page = opened(cameras, server, permissions=["camera"])
    page.click("#tab-camera")
    yield page
    assert page.faults == []  # type: ignore[attr-defined]
    page.context.close()


FORGETS = 1000  # ms between two answers; after 2 s between two frames, which may be answered later, numbers settle anew


def settles(page: Page) -> None:
    """Waits until the numbers of the film stand over it; a busy machine reads few frames a second."""
    expect(page.locator("#live-boxes button")).to_have_text(NUMBERS, timeout=30_000)


def hint(page: Page) -> Any:
    return page.locator("#live-hint")


def test_the_numbers_of_the_film_stand_over_it_are_right_and_stay_the_same(tab: Page) -> None:
    settles(tab)
    expect(tab.locator("#live-found li")).to_have_text(NUMBERS)
    box, video = (tab.locator(name).first.bounding_box() for name in ("#live-boxes button", "#live"))
    assert box is not None
    assert video is not None
    scale = video["width"] / 640
    assert (box["x"] - video["x"]) / scale == pytest.approx(320 + SCALE * (60 - MIDDLE[0]), abs=25)
    assert box["height"] / scale == pytest.approx(SCALE * 110, abs=20)
    expect(tab.locator("#status")).to_have_text("4071, 268")  # a screen reader hears them once they settle
    for _ in range(12):
        seen, longest = observed(tab)
        if longest <= FORGETS:  # else so busy a machine that they settled anew, and what was seen is another matter
            break
        settles(tab)
    assert seen == [",".join(NUMBERS)]


def observed(page: Page) -> tuple[list[str], float]:
    """What stands over a round of the film, and the longest time between two answers, in ms."""
    page.evaluate(
        """() => { window.seen = new Set(); window.answers = 0; window.longest = 0; let last = performance.now();
        window.watching?.disconnect();
        window.watching = new MutationObserver(() => { window.answers++;
          const now = performance.now(); window.longest = Math.max(window.longest, now - last); last = now;
          window.seen.add([...document.querySelectorAll('#live-boxes button')].map(b => b.innerText).join()); });
        const all = {subtree: true, childList: true, attributes: true};
        window.watching.observe(document.querySelector('#live-boxes'), all); }"""
    )
    page.wait_for_function("(pictures) => window.answers > pictures", arg=PICTURES)
    return page.evaluate("() => [...window.seen]"), page.evaluate("() => window.longest")


def test_the_answer_follows_the_chosen_number(tab: Page) -> None:
    tab.locator("#live-boxes button").nth(1).click()
    expect(tab.locator("#digit")).to_have_text("268")
    tab.locator("#live-found button").first.click()
    expect(tab.locator("#digit")).to_have_text("4071")
    expect(tab.locator("#live-boxes button.chosen")).to_have_text("4071")
    expect(tab.locator("#percent")).to_contain_text("%")


SOURCE = "() => document.querySelector('#live').srcObject"


def test_a_frozen_picture_goes_to_the_picture_tab_and_space_comes_back(tab: Page) -> None:
    first = tab.locator("#found li").first
    for way in ("key", "button"):
        settles(tab)
        tab.keyboard.press("Space") if way == "key" else tab.click("#live-freeze")
        expect(tab.locator("#page"), way).to_have_attribute("data-tab", "picture")
        expect(first, way).not_to_contain_text("corrected")
        expect(tab.locator("#found li"), way).to_have_count(2)
        tab.keyboard.press("5")
        expect(first, way).to_contain_text("corrected")
        assert tab.evaluate(SOURCE) is None, way
        tab.keyboard.press("Space")
    settles(tab)


HIDE = """(hidden) => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def holds_a_track(page: Page) -> None:
    """Waits until the camera runs, and remembers its track."""
    expect(page.locator("#page")).to_have_attribute("data-live", "on")
    page.evaluate("() => { window.track = document.querySelector('#live').srcObject.getVideoTracks()[0]; }")
    assert page.evaluate("() => window.track.readyState") == "live"


def test_stop_lets_the_camera_go_and_start_takes_it_again(tab: Page) -> None:
    settles(tab)
    holds_a_track(tab)
    tab.click("#live-start")
    assert tab.evaluate("() => window.track.readyState") == "ended"
    expect(tab.locator("#live-boxes button")).to_have_count(0)
    expect(hint(tab)).to_contain_text("No picture is kept")
    tab.click("#live-start")
    settles(tab)
    expect(tab.locator("#live-frame")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(tab.locator("#live-boxes button")).to_have_count(0)
    assert tab.evaluate(SOURCE) is None


def test_another_tab_and_a_hidden_page_stop_the_camera(tab: Page) -> None:
    for other in ("draw", "picture"):
        holds_a_track(tab)
        tab.click(f"#tab-{other}")
        assert tab.evaluate("() => window.track.readyState") == "ended", other
        tab.click("#tab-camera")
    holds_a_track(tab)
    tab.evaluate(HIDE, True)
    assert tab.get_attribute("#page", "data-live") == "off"
    tab.evaluate(HIDE, False)
    settles(tab)  # it goes on when it is seen


def test_a_camera_that_is_unplugged_is_missed_and_offered_again(tab: Page) -> None:
    settles(tab)
    tab.evaluate(
        """() => { const media = navigator.mediaDevices;
        window.list = media.enumerateDevices.bind(media);
        media.enumerateDevices = async () => [];
        const [track] = document.querySelector('#live').srcObject.getVideoTracks();
        track.stop(); track.dispatchEvent(new Event('ended')); }"""
    )
    expect(hint(tab)).to_have_text("The camera is gone. Connect it again, or choose another.")
    expect(tab.locator("#status")).to_contain_text("The camera is gone")
    assert tab.locator("#live-boxes button").count() == 0
    tab.evaluate(
        """() => { navigator.mediaDevices.enumerateDevices = window.list;
        navigator.mediaDevices.dispatchEvent(new Event('devicechange')); }"""
    )
    expect(hint(tab)).to_have_text("A camera is here. Start it when you are ready.")
    tab.click("#live-start")
    settles(tab)


# One after the other no two have the same words.
REFUSALS = {
    "NotFoundError": "No camera was found",
    "NotReadableError": "Another program",
    "OverconstrainedError": "No camera was found",
    "NotAllowedError": "not allowed",
}


def test_each_refusal_has_words_of_its_own(cameras: Browser, server: Server) -> None:
    page = opened(cameras, server)  # without leave, a browser without a window refuses
    page.click("#tab-camera")
    expect(hint(page)).to_contain_text("No picture is kept")
    page.click("#live-start")
    expect(hint(page)).to_contain_text("Allow it by the sign beside the address")
    for name, words in REFUSALS.items():
        page.evaluate(
            """(name) => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', name); };
            navigator.mediaDevices.enumerateDevices = async () => []; }""",
            name,
        )
        page.click("#live-start")
        expect(hint(page), name).to_contain_text(words)
        assert page.get_attribute("#live-start", "aria-disabled") == "false", name
    page.context.close()


def test_no_camera_is_said_to_be_none(browser: Browser, server: Server) -> None:
    page = opened(browser, server, permissions=["camera"])
    page.click("#tab-camera")
    expect(hint(page)).to_contain_text("No camera was found")
    page.context.close()


def test_an_address_that_is_not_secure_is_named(cameras: Browser, server: Server) -> None:
    page = cameras.new_context().new_page()
    page.add_init_script(
        "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });"
        "Object.defineProperty(window, 'isSecureContext', { value: false });"
    )
    page.goto(server.address)
    page.click("#tab-camera")
    expect(hint(page)).to_contain_text(f"http://localhost:{server.port}")
    assert page.get_attribute("#live-start", "aria-disabled") == "true"
    page.context.close()


def test_a_waiting_question_is_told_and_a_late_yes_is_not_taken(cameras: Browser, server: Server) -> None:
    page = opened(cameras, server, permissions=["camera"])
    page.evaluate(
        """() => { const media = navigator.mediaDevices, ask = media.getUserMedia.bind(media);
        window.asked = new Promise(yes => { window.yes = yes; });
        media.getUserMedia = async (what) => {
          await window.asked; window.stream = await ask(what); return window.stream; }; }"""
    )
    page.click("#tab-camera")
    expect(hint(page)).to_contain_text("Waiting for the camera")
    page.click("#tab-draw")
    page.evaluate("() => window.yes()")
    page.wait_for_function("() => window.stream?.getTracks().every(track => track.readyState === 'ended')")
    page.context.close()


def test_a_lost_reader_is_told_and_found_again(cameras: Browser, server: Server) -> None:
    lines: list[WebSocketRoute] = []
    away: list[WebSocketRoute] = []
    gone = False

    def connect(line: WebSocketRoute) -> None:
        if gone:
            away.append(line)
            line.close()
            return
        line.connect_to_server()
        lines.append(line)

    context = cameras.new_context(viewport=WIDE, permissions=["camera"])  # type: ignore[arg-type]
    context.route_web_socket("**/api/camera*", connect)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(server.address)
    page.click("#tab-camera")
    settles(page)
    gone = True
    lines[0].close()
    expect(page.locator("#notice")).to_contain_text("does not answer")
    until(page, lambda: bool(away), "the page has called in vain")
    gone = False
    expect(page.locator("#notice")).to_have_text("Connected again.")
    settles(page)
    assert faults == []
    context.close()


def test_several_cameras_can_be_chosen_and_a_light_switched(cameras: Browser, server: Server) -> None:
    page = opened(cameras, server, permissions=["camera"])
    page.evaluate(
        """() => { const media = navigator.mediaDevices, ask = media.getUserMedia.bind(media);
        const list = media.enumerateDevices.bind(media);
        const second = { kind: 'videoinput', deviceId: 'second', label: 'Document camera' };
        window.asked = [];
        media.enumerateDevices = async () => [...await list(), second];
        media.getUserMedia = async (what) => { window.asked.push(what.video.deviceId?.exact ?? '');
          const stream = await ask({ video: true }), [track] = stream.getVideoTracks();
          track.getCapabilities = () => ({ torch: true });
          track.applyConstraints = async (given) => { window.given = given; };
          return stream; }; }"""
    )
    page.click("#tab-camera")
    page.select_option("#live-device", "second")
    settles(page)
    assert page.evaluate("() => window.asked") == ["", "second"]
    page.click("#live-torch")
    expect(page.locator("#live-torch")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("() => window.given") == {"advanced": [{"torch": True}]}
    page.context.close()


def test_nothing_scrolls_and_tools_can_be_touched(tab: Page, pictures: Path) -> None:
    for size in (WIDE, LEAST, PHONE, SMALL_PHONE):
        tab.set_viewport_size(size)  # type: ignore[arg-type]
        settles(tab)
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert fits(tab), (size, scheme)
            if (scheme, size) in (("light", WIDE), ("dark", PHONE)):  # for docs/camera.md
                tab.screenshot(path=pictures / ("camera.png" if scheme == "light" else "camera-dark.png"))
