"""The camera tab in Chromium, with a fake camera that plays a film of handwritten numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from drawn import encoded, written
from playwright.sync_api import Browser, Page, expect
from sheet import LEAST, PHONE, SMALL_PHONE, WIDE, Server, fits, opened

NUMBERS = ["4071", "268"]
MIDDLE, SCALE = (230, 210), 0.9  # of the numbers on their paper, and how large the camera sees them


def film() -> bytes:
    """Two numbers on paper in a hand that shakes a little: JPEG pictures of 640 x 480, one after the other."""
    paper = written(*NUMBERS)
    light = np.linspace(1, 0.75, 640)[None] * np.linspace(1, 0.9, 480)[:, None]
    frames = []
    for step in range(24):
        angle = 2 * np.pi * step / 24
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


def settles(page: Page) -> None:
    """Waits until the numbers of the film stand over it; a busy machine reads few frames a second."""
    expect(page.locator("#live-boxes button")).to_have_text(NUMBERS, timeout=30_000)


def hint(page: Page) -> Any:
    return page.locator("#live-hint")


def test_the_numbers_of_the_film_stand_over_it_and_are_right(tab: Page) -> None:
    settles(tab)
    expect(tab.locator("#live-found li")).to_have_text(NUMBERS)
    box, video = (tab.locator(name).first.bounding_box() for name in ("#live-boxes button", "#live"))
    assert box is not None
    assert video is not None
    scale = video["width"] / 640
    assert (box["x"] - video["x"]) / scale == pytest.approx(320 + SCALE * (60 - MIDDLE[0]), abs=25)
    assert box["height"] / scale == pytest.approx(SCALE * 110, abs=20)


def test_what_is_shown_stays_the_same(tab: Page) -> None:
    settles(tab)
    tab.evaluate(
        """() => { window.seen = new Set(); window.answers = 0;
        new MutationObserver(() => { window.answers++;
          window.seen.add([...document.querySelectorAll('#live-boxes button')].map(b => b.innerText).join()); })
        .observe(document.querySelector('#live-boxes'), {subtree: true, childList: true, attributes: true}); }"""
    )
    tab.wait_for_function("() => window.answers > 60")
    assert tab.evaluate("() => [...window.seen]") == [",".join(NUMBERS)]


def test_the_answer_follows_the_chosen_number(tab: Page) -> None:
    tab.locator("#live-boxes button").nth(1).click()
    expect(tab.locator("#digit")).to_have_text("268")
    tab.locator("#live-found button").first.click()
    expect(tab.locator("#digit")).to_have_text("4071")
    expect(tab.locator("#live-boxes button.chosen")).to_have_text("4071")
    expect(tab.locator("#percent")).to_contain_text("%")


def test_a_screen_reader_hears_the_numbers_once_they_settle(tab: Page) -> None:
    expect(tab.locator("#status")).to_have_text("4071, 268")


@pytest.mark.parametrize("way", ["key", "button"])
def test_a_frozen_picture_goes_to_the_picture_tab_and_space_comes_back(tab: Page, way: str) -> None:
    settles(tab)
    tab.keyboard.press("Space") if way == "key" else tab.click("#live-freeze")
    expect(tab.locator("#found li")).to_have_count(2)
    assert tab.get_attribute("#page", "data-tab") == "picture"
    tab.keyboard.press("5")
    expect(tab.locator("#found li").first).to_contain_text("corrected")
    assert tab.evaluate("() => document.querySelector('#live').srcObject") is None
    tab.keyboard.press("Space")
    settles(tab)


def test_stop_lets_the_camera_go_and_start_takes_it_again(tab: Page) -> None:
    settles(tab)
    tab.evaluate("() => { window.track = document.querySelector('#live').srcObject.getVideoTracks()[0]; }")
    tab.click("#live-start")
    assert tab.evaluate("() => window.track.readyState") == "ended"
    expect(tab.locator("#live-boxes button")).to_have_count(0)
    expect(hint(tab)).to_contain_text("No picture is kept")
    tab.click("#live-start")
    settles(tab)
    expect(tab.locator("#live-frame")).to_be_focused()


def test_escape_stops_the_camera(tab: Page) -> None:
    settles(tab)
    tab.keyboard.press("Escape")
    expect(tab.locator("#live-boxes button")).to_have_count(0)
    assert tab.evaluate("() => document.querySelector('#live').srcObject") is None


@pytest.mark.parametrize("other", ["draw", "picture"])
def test_another_tab_stops_the_camera(tab: Page, other: str) -> None:
    settles(tab)
    tab.evaluate("() => { window.track = document.querySelector('#live').srcObject.getVideoTracks()[0]; }")
    tab.click(f"#tab-{other}")
    assert tab.evaluate("() => window.track.readyState") == "ended"


HIDE = """(hidden) => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_a_hidden_page_stops_the_camera_and_goes_on_when_it_is_seen(tab: Page) -> None:
    settles(tab)
    tab.evaluate(HIDE, True)
    assert tab.get_attribute("#page", "data-live") == "off"
    tab.evaluate(HIDE, False)
    settles(tab)


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


REFUSALS = {
    "NotAllowedError": "not allowed",
    "NotFoundError": "No camera was found",
    "NotReadableError": "Another program",
    "OverconstrainedError": "No camera was found",
}


@pytest.mark.parametrize("name", REFUSALS)
def test_each_refusal_has_words_of_its_own(cameras: Browser, server: Server, name: str) -> None:
    page = opened(cameras, server)
    page.evaluate(
        """(name) => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', name); };
        navigator.mediaDevices.enumerateDevices = async () => []; }""",
        name,
    )
    page.click("#tab-camera")
    page.click("#live-start")
    expect(hint(page)).to_contain_text(REFUSALS[name])
    assert page.get_attribute("#live-start", "aria-disabled") == "false"
    page.context.close()


def test_a_browser_that_refuses_says_how_to_allow_it(cameras: Browser, server: Server) -> None:
    page = opened(cameras, server)  # without leave, a browser without a window refuses
    page.click("#tab-camera")
    expect(hint(page)).to_contain_text("No picture is kept")
    page.click("#live-start")
    expect(hint(page)).to_contain_text("Allow it by the sign beside the address")
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


def test_a_lost_reader_is_told_and_found_again(tab: Page, server: Server) -> None:
    settles(tab)
    server.kill()
    expect(tab.locator("#notice")).to_contain_text("does not answer")
    server.start()
    expect(tab.locator("#notice")).to_have_text("Connected again.", timeout=15_000)
    settles(tab)


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


@pytest.mark.parametrize("size", [WIDE, LEAST, PHONE, SMALL_PHONE], ids=lambda s: f"{s['width']}x{s['height']}")
def test_nothing_scrolls_and_tools_can_be_touched(
    cameras: Browser, server: Server, size: dict[str, int], pictures: Path
) -> None:
    page = opened(cameras, server, viewport=size, permissions=["camera"])
    page.click("#tab-camera")
    settles(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert fits(page)
        if (scheme, size) in (("light", WIDE), ("dark", PHONE)):  # for docs/camera.md
            page.screenshot(path=pictures / ("camera.png" if scheme == "light" else "camera-dark.png"))
    page.context.close()
