"""How long a person waits; the figures are printed."""

import time

from browser import api

# For a slow machine that also runs the daemon and a pass; an idle one takes a tenth.
WAIT_S_MAX = 3.0


def test_nobody_should_wait_long(page, widened):
    accounts = api("/accounts", limit=1)["total"]
    waits = {}

    def timed(what, action):
        started = time.monotonic()
        action()
        waits[what] = time.monotonic() - started

    def search():
        page.script("document.getElementById('search').value = ''")
        page.press("/", widened["id"])
        page.until(lambda: page.rows() == [widened["id"]])

    # The first load also starts the browser's processes.
    page.open()
    timed("page load", page.open)
    timed("list of accounts", lambda: page.go("accounts"))
    timed("next page", lambda: (page.one(".pager [rel=next]").click(), page.until(lambda: "101–" in page.text(".pager"))))
    timed("search, typed", search)
    timed("accounts that are widened", lambda: page.go("accounts?effect=widens"))
    timed("one account", lambda: page.go(f"accounts/{widened['id']}"))
    timed("open drift", lambda: page.go("drift?open=true"))
    timed("overview again", lambda: page.go("overview"))
    for path in ["/status", "/units", "/accounts", "/drift/series"]:
        timed(f"GET {path}", lambda: api(path))
    print(f"\n{accounts:,} accounts:", ", ".join(f"{what} {wait:.2f} s" for what, wait in waits.items()))
    assert [what for what, wait in waits.items() if wait > WAIT_S_MAX] == []
