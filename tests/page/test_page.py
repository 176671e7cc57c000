"""What the status page does, in a browser, over a daemon."""

import time
import urllib.parse

import pytest
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from browser import TOKEN, TOKEN_KEY, URL, api

PAGE_SIZE = 100
# A person does not wait; the machines of tests are slow.
TURN_S_MAX = 2.0
ELEMENTS_MAX = 4000


def found(page, **query):
    """The list shows what the API answers to the same question."""
    expected = [line["id"] for line in api("/accounts", limit=PAGE_SIZE, **query)["items"]]
    page.until(lambda: page.rows() == expected, f"the list is not what the API says of {query}")
    return expected


def test_overview_should_show_the_counts_of_the_status(page):
    page.open()
    accounts = api("/status")["accounts"]
    tiles = {tile.get_attribute("data-tile"): tile.text for tile in page.all("[data-tile]")}
    assert len(tiles) == 9
    assert f"{accounts['total']:,} in all" in page.text()
    assert api("/status")["organization"] in page.text("header")
    # A running pass moves the counts; what is shown is always whole.
    shown = [int(tiles[name].split("\n")[1].replace(",", "")) for name in tiles if name != "widens"]
    assert sum(shown) == accounts["total"]


def test_search_should_find_by_name_and_by_id_without_losing_the_focus(page):
    line = api("/accounts", limit=3)["items"][-1]
    page.open("accounts")
    page.press("/")
    page.until(lambda: page.focused("#search"), "`/` does not lead into the search")
    for text in [line["name"].upper(), line["id"][:-1]]:
        page.script("document.getElementById('search').value = ''")
        page.press(text)
        page.until(lambda: urllib.parse.quote_plus(text, safe="*-._") in page.driver.current_url)
        assert line["id"] in found(page, q=text)
        assert page.focused("#search")


def test_filters_should_narrow_the_list_and_live_in_the_address(page):
    page.open("accounts")
    verdicts = [verdict for verdict, count in api("/status")["accounts"]["by_verdict"].items() if count]
    verdict = next(verdict for verdict in verdicts if verdict != "in_sync")
    page.one(f"[data-filter=verdict] [data-value={verdict}]").click()
    found(page, verdict=verdict)
    assert page.one(f"[data-value={verdict}]").get_attribute("aria-pressed") == "true"

    page.one("[data-filter=verdict] [data-value=in_sync]").click()
    found(page, verdict=[verdict, "in_sync"])

    shared = page.driver.current_url
    page.driver.get("about:blank")
    page.driver.get(shared)
    found(page, verdict=[verdict, "in_sync"])

    page.one("[data-filter=verdict] [data-value=in_sync]").click()
    found(page, verdict=verdict)
    page.driver.back()
    found(page, verdict=[verdict, "in_sync"])
    page.driver.forward()
    found(page, verdict=verdict)


def test_organizational_unit_should_lead_to_its_accounts(page):
    page.open()
    unit = next(unit for unit in api("/units") if unit["parent"] is not None and unit["accounts"])
    row = page.one(f"[data-unit='{unit['id']}'] .tree-name")
    assert row.text == (unit["name"] or unit["id"])
    row.click()
    found(page, ou=unit["id"])
    shown = Select(page.one("[data-filter=ou]")).first_selected_option
    assert shown.text.strip() == (unit["name"] or unit["id"])


def test_account_should_show_what_differs_and_what_widens_in_red(page, widened):
    page.open(f"accounts?{urllib.parse.urlencode({'q': widened['id']})}")
    page.one(f"[data-account='{widened['id']}'] a").click()
    page.settle()
    assert page.text("h1") == (widened["name"] or widened["id"])
    assert f"arn:aws:iam::{widened['id']}" in page.text("main") or widened["role"] is None
    for difference in widened["differences"]:
        assert difference["summary"] in page.text("[aria-label=Differences]")

    documents = [document for document in widened["documents"] if not document["same"]]
    assert documents
    for document in documents:
        shown = page.one(f"[data-document='{document['name']}']")
        for mark in ["wanted", "found"]:
            lines = [line["text"] for line in document["lines"] if line["mark"] == mark]
            marked = page.script(f"return [...arguments[0].querySelectorAll('.line.{mark} .text')].map((line) => line.textContent)", shown)
            assert marked == lines
    widening = next(document for document in documents if document["effect"] == "widens")
    shown = page.one(f"[data-document='{widening['name']}']")
    assert "widens" in shown.text
    # Not by colour alone: a sign, and a word for those who do not see it.
    line = page.one(f"[data-document='{widening['name']}'] .line.found")
    assert line.text.startswith("+")
    assert "found, not wanted" in line.get_attribute("textContent")
    assert page.all(f"[data-document='{widening['name']}'] .line.found .effect")
    red, green, blue = page.script("return getComputedStyle(arguments[0]).color.match(/\\d+/g).map(Number)", line)
    assert red > 2 * green and red > 2 * blue


def test_account_should_tell_its_cause_and_the_remedy(page):
    lines = api("/accounts", verdict=["held", "failed", "unreachable"], limit=1)["items"]
    assert lines, "the organization has no account that is held, failed or unreachable"
    cause = api(f"/accounts/{lines[0]['id']}")["cause"]
    page.open(f"accounts/{lines[0]['id']}")
    assert cause["message"] in page.text("main .notice")
    assert (cause["remedy"] or "") in page.text("main .notice")


def test_role_that_was_never_read_should_not_be_called_absent(page):
    lines = api("/accounts", verdict=["unreachable", "not_visited"], limit=100)["items"]
    unread = (account for account in (api(f"/accounts/{line['id']}") for line in lines) if account["fingerprint"] is None)
    account = next(unread, None)
    assert account, "every role of the organization was read: these tests need one that was not"
    page.open(f"accounts/{account['id']}")
    assert page.all("[data-document], .line.found, .line.none") == []
    assert not account["documents"] or "has not been read" in page.text("main")


def test_visit_should_be_followed_by_the_page(page, widened):
    page.open(f"accounts/{widened['id']}")
    page.until(lambda: page.text("#top .connection") == "Live")
    page.one("#visit").click()
    page.until(lambda: "Queued" in page.text(".actions"))
    page.until(
        lambda: page.script("return [...document.querySelectorAll('dt')].find((word) => word.textContent === 'Last visit').nextSibling.firstChild.dateTime") != widened["visited_at"],
        "the visit is not shown", wait_s=60,
    )


def test_progress_of_a_pass_should_move_by_itself(page):
    page.open()
    page.until(lambda: page.text("#top .connection") == "Live")
    page.one("#start-pass").click()
    seen = set()

    def moved():
        if page.all("#pass-done"):
            seen.add(int(page.text("#pass-done").replace(",", "")))
        return len(seen) >= 3

    page.until(moved, f"the progress does not move: {seen}", wait_s=60)
    page.shoot("overview-running")
    bar = page.all("[role=progressbar]")
    assert bar and bar[0].get_attribute("aria-valuemax")
    assert "Pass" in page.script("return document.getElementById('announcer').textContent")


def test_paging_should_keep_the_document_small_and_turn_at_once(page):
    page.open("accounts")
    total = api("/accounts", limit=1)["total"]
    first = page.rows()
    assert f"of {total:,}" in page.text(".pager")
    assert total > 3 * PAGE_SIZE, "too few accounts to turn pages"
    seen = set(first)
    for index in range(2, 5):
        before = page.rows()
        started = time.monotonic()
        page.one(".pager [rel=next]").click()
        page.until(lambda: page.rows() != before and not page.all("[aria-busy]"))
        assert time.monotonic() - started < TURN_S_MAX
        assert not seen.intersection(page.rows()), "a page repeats what another showed"
        seen.update(page.rows())
        assert f"{(index - 1) * PAGE_SIZE + 1:,}–" in page.text(".pager")
    assert page.script("return document.querySelectorAll('*').length") < ELEMENTS_MAX
    page.driver.back()
    page.until(lambda: "201–300" in page.text(".pager"))
    page.one(".pager [rel=prev]").click()
    page.until(lambda: "101–200" in page.text(".pager"))


def test_markup_in_an_account_name_should_be_shown_as_text(page):
    lines = [line for line in api("/accounts", q="<img")["items"]]
    assert lines, "the organization has no account with HTML in its name: these tests need one"
    name = lines[0]["name"]
    for route in ["accounts?q=%3Cimg", f"accounts/{lines[0]['id']}"]:
        page.open(route)
        assert name in page.text("main")
        assert page.all("main img, main script, main iframe") == []
        with pytest.raises(NoAlertPresentException):
            page.driver.switch_to.alert.dismiss()


def test_keyboard_alone_should_reach_everything(page):
    page.open()
    page.press(Keys.TAB)
    assert page.focused("#skip")
    page.press(Keys.ENTER)
    assert page.focused("main")

    page.tab_to("[role=treeitem]")
    page.press(Keys.ARROW_DOWN)
    unit = page.script("return document.activeElement.dataset.unit")
    page.press(Keys.ARROW_LEFT)
    assert page.focused("[aria-level='1']")
    page.press(Keys.ARROW_LEFT)
    assert page.focused("[aria-expanded=false]")
    page.press(Keys.ARROW_RIGHT)
    page.press(Keys.ARROW_RIGHT)
    assert page.script("return document.activeElement.dataset.unit") == unit
    page.press(Keys.ENTER)
    found(page, ou=unit)
    assert page.focused("h1")

    page.tab_to("[data-account] a")
    account = page.script("return document.activeElement.closest('[data-account]').dataset.account")
    page.press(Keys.ENTER)
    page.until(lambda: account in page.driver.current_url)
    page.settle()
    page.tab_to("#visit")
    page.press("/")
    page.until(lambda: page.focused("#search"))


def test_focus_should_be_seen_wherever_it_is(page):
    page.open()
    for _ in range(30):
        page.press(Keys.TAB)
        if page.focused("body"):
            break
        outlines = page.script(
            """return [document.activeElement, document.activeElement.firstElementChild].filter(Boolean)
            .map((one) => getComputedStyle(one)).map((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)"""
        )
        assert any(outlines), page.script("return document.activeElement.outerHTML")


def test_lost_event_stream_should_be_told_and_polled_and_found_again(any_page):
    any_page.driver.execute_cdp_cmd("Network.enable", {})
    any_page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/api/v1/events"]})
    any_page.open()
    any_page.until(lambda: any_page.text("#top .connection") == "Reconnecting…")
    assert api("/status")["organization"] in any_page.text("header")
    any_page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    any_page.until(lambda: any_page.text("#top .connection") == "Live", wait_s=45)


def test_unknown_account_should_be_told(any_page):
    any_page.open("accounts/000000000000")
    assert any_page.text("main .notice")
    assert [error for error in any_page.errors() if "404" not in error] == []


def test_drift_and_passes_should_be_listed(page):
    page.open("drift?open=true")
    assert len(page.all("[data-drift]")) == len(api("/drift", open="true", limit=PAGE_SIZE)["items"])
    page.go("passes")
    assert len(page.all("main tbody tr")) == len(api("/passes", limit=PAGE_SIZE)["items"])


@pytest.mark.skipif(not TOKEN, reason="PAGE_TOKEN is not set: this daemon asks for no token")
def test_token_should_be_asked_for_and_stay_in_the_tab(any_page):
    page = any_page
    page.open("accounts", signed_in=False)
    field = page.one("input[type=password]")
    page.shoot("token")
    field.send_keys("not the token", Keys.ENTER)
    page.until(lambda: "refuses" in page.text("main"))
    assert page.rows() == []

    field.send_keys(TOKEN, Keys.ENTER)
    page.settle()
    assert len(page.rows()) > 0
    assert TOKEN not in page.driver.current_url
    assert page.script("return localStorage.length + document.cookie.length") == 0
    page.driver.refresh()
    page.settle()
    assert len(page.rows()) > 0

    page.one("#sign-out").click()
    page.one("input[type=password]")
    assert page.rows() == [] and api("/status")["organization"] not in page.text()
    assert page.script("return sessionStorage.getItem(arguments[0])", TOKEN_KEY) is None
    assert [error for error in page.errors() if "401" not in error] == []


def test_page_should_need_nothing_from_elsewhere(page):
    page.open()
    loaded = page.script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert loaded and all(name.startswith((f"{URL}/", "data:")) for name in loaded), loaded
