"""Pages whose drawings outlive them: opening one, and what its store keeps."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect
from sheet import SETTLED, Server, holds

# JavaScript for the strokes that are kept under this tab's name.
KEPT = """async () => {
  const base = await new Promise((done) => {
    const asked = indexedDB.open('inkdigit', 1);
    asked.onupgradeneeded = () => asked.transaction.abort();
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => done(null);
  });
  if (!base) return [];
  const all = await new Promise((done) => {
    const asked = base.transaction('drawings').objectStore('drawings').getAll();
    asked.onsuccess = () => done(asked.result);
  });
  base.close();
  const own = all.find((one) => one.name === sessionStorage.getItem('inkdigit.tab'));
  return own ? own.strokes : [];
}"""


def visit(context: BrowserContext, server: Server) -> Page:
    page = context.new_page()
    page.goto(server.address)
    page.wait_for_function(SETTLED)
    return page


def is_kept(page: Page, strokes: int) -> None:
    holds(page, f"async (count) => (await ({KEPT})()).length === count", strokes)


def reads(page: Page, digit: str) -> None:
    expect(page.locator("#digit")).to_have_text(digit)
