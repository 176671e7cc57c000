"""How long a person waits for the report page, as the page itself sees it; the figures are printed."""

import time

import pytest

# A person does not wait for what takes no longer.
WAIT_MS_MAX = 1000
TRIES = 5
BETWEEN_LETTERS_S = 0.5

# Each time stands when what is told of has been painted, not only made.
WATCH = """
const painted = (then) => requestAnimationFrame(() => setTimeout(then));
window.waits = { opened: null, found: [] };
let isFilled = false, typedAt = null;
addEventListener("input", (event) => { typedAt = event.timeStamp; }, true);
new MutationObserver((changes) => {
  if (!isFilled && document.querySelector("[data-account]")) {
    isFilled = true;
    painted(() => { waits.opened = performance.now(); });
  }
  if (typedAt !== null && changes.some(({ target }) => target.matches?.("#accounts tbody"))) {
    const at = typedAt;
    typedAt = null;
    painted(() => waits.found.push(performance.now() - at));
  }
}).observe(document, { childList: true, subtree: true });
"""


@pytest.fixture
def watched(page, text):
    page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    page.file.write_text(text, "utf-8")
    return page


def told(what, report, waits):
    print(f"\n{len(report.accounts):,} accounts, {what}: {', '.join(f'{wait:.0f}' for wait in waits)} ms")


def test_report_should_open_at_once(watched, report):
    waits = []
    for _ in range(TRIES):
        watched.reopen()
        watched.until(lambda: watched.script("return waits.opened"))
        waits.append(watched.script("return waits.opened"))
    told("opened and painted after", report, waits)
    assert min(waits) < WAIT_MS_MAX


def test_search_should_find_at_once(watched, report):
    account = report.accounts[len(report.accounts) // 2]
    asked = ["a", account[0][:-1], "cosmetic tag 1", report["units"][0]]
    slowest = []
    for query in asked:
        waits = []
        for _ in range(TRIES):
            watched.reopen()
            watched.until(lambda: watched.script("return waits.opened"))
            watched.press("/")
            watched.until(lambda: watched.focused("#search"))
            # As one keystroke, and the first search of the page.
            watched.driver.execute_cdp_cmd("Input.insertText", {"text": query})
            watched.until(lambda: watched.script("return waits.found[0]"))
            waits.append(watched.script("return waits.found[0]"))
        told(f"found {query!r} after", report, waits)
        slowest.append(min(waits))
    assert max(slowest) < WAIT_MS_MAX


def test_each_letter_should_be_answered_at_once(watched, report):
    watched.reopen()
    watched.until(lambda: watched.script("return waits.opened"))
    watched.press("/")
    watched.until(lambda: watched.focused("#search"))
    for letter in report.accounts[0][0][:6]:
        watched.press(letter)
        time.sleep(BETWEEN_LETTERS_S)
    waits = watched.script("return waits.found")
    told("each letter after", report, waits)
    assert sorted(waits)[len(waits) // 2] < WAIT_MS_MAX
