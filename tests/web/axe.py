"""axe-core on the page as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SOURCE: str = Axe().axe_script
RUN = """async () => {
  const { testEngine, passes, violations } = await axe.run(document, { resultTypes: ['violations'] });
  const places = (nodes) => nodes.map(({ html, failureSummary }) => `${html.slice(0, 120)} ${failureSummary}`);
  return [testEngine.version, passes.length, violations.map(({ id, nodes }) => `${id}: ${places(nodes)}`)];
}"""


@dataclass(frozen=True)
class Checked:
    version: str
    passed: int  # rules
    faults: list[str]  # each rule that is violated, and where


def bring(page: Page) -> None:
    """Brings axe-core to the page; not as a script tag: the page's policy forbids it."""
    page.evaluate(SOURCE)


def check(page: Page) -> Checked:
    return Checked(*page.evaluate(RUN))


def schemes(page: Page) -> Iterator[str]:
    """Shows the page in light, then in dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_function(f"() => matchMedia('(prefers-color-scheme: {scheme})').matches")
        yield scheme
