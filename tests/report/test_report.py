"""What the report page does, in a browser, from a file."""

import json
import urllib.parse

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from make_report import HOSTILE, VERDICTS
from report_page import ADOPTED, CAUSE, EFFECTS, FINDINGS, ID, IDENTITY, MESSAGE, NAME, PAGE_SIZE, PROFILE, REMEDY, UNIT, VERDICT, WRITES, Report, folding, shown, with_data

ELEMENTS_MAX = 6000
PRINTED_MAX = 2000
CONCERNED_MAX = 50
UNITS_MAX = 20


def number(text):
    return int(text.replace(",", ""))


def texts(page, selector):
    """The texts of such elements, as they stand in the document."""
    return page.script("return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", selector)


def encoded(**query):
    return urllib.parse.urlencode(query, doseq=True)


def text_of(element):
    return element.get_attribute("textContent")


def needed(found, what):
    """Skips where the report that is looked at has nothing like this."""
    if not found:
        pytest.skip(f"the report has no {what}")
    return found[0]


# What it adds up to


def test_totals_should_be_those_of_the_data(opened, report):
    tiles = {tile.get_attribute("data-tile"): number(tile.find_element("css selector", "b").text) for tile in opened.all("[data-tile]")}
    counts = dict(report["verdicts"])
    assert tiles["total"] == report["total"] == len(report.accounts)
    assert tiles["widened"] == report["widened"]
    assert tiles["right"] + tiles["wrong"] + tiles["unread"] + tiles["left-out"] == tiles["total"]
    assert tiles["right"] == counts.get("in_sync", 0) + counts.get("converged", 0)

    drawn = [number(text) for text in texts(opened, "#by-verdict tbody .number")]
    assert drawn == [count for _, count in report["verdicts"]]
    assert sum(drawn) == report["total"]
    addition = " + ".join(f"{count:,}" for count in drawn)
    assert f"✓ {addition} = {report['total']:,}" in opened.text("[data-sum=verdicts]")
    assert opened.count_found() == report["total"]


def test_one_account_of_many_should_not_be_told_as_none(page, text, report):
    verdicts = [2] + [0] * 1999
    accounts = [[*account[:VERDICT], verdict, *account[VERDICT + 1:]] for verdict, account in zip(verdicts, report.grown(2000).accounts)]
    page.look_at(with_data(text, report.holding(accounts).data))
    assert texts(page, "#by-verdict tbody .told") == ["> 99.9 %", "< 0.1 %"]


def test_counts_that_do_not_add_up_should_be_told(page, text, report):
    page.look_at(with_data(text, report.data | {"total": report["total"] + 1}))
    assert "⚠" in page.text("[data-sum=verdicts]")


def test_head_should_say_what_this_is(opened, report):
    head = report["head"]
    for name in ["organization", "management_account", "caller", "caller_arn", "run", "tool_version", "config_digest"]:
        assert head[name] in opened.text("main > .title"), name
    assert opened.text("h1").startswith(head["command"].capitalize())
    assert opened.one("time").get_attribute("datetime") == head["started_at"]
    assert opened.driver.title


def test_units_should_be_drawn_largest_first_and_the_rest_folded(page, text, report):
    units = [f"Unit {index:02d}" for index in range(30)]
    many = [[*account[:UNIT], index % 30, *account[UNIT + 1:]] for index, account in enumerate(report.grown(300).accounts)]
    page.look_at(with_data(text, Report(report.data | {"units": units}).holding(many).data))
    assert len(texts(page, "#by-unit > .bars tbody tr")) == UNITS_MAX
    more = page.one("#by-unit .more summary")
    assert more.text == "10 more, with 100 accounts"
    more.click()
    page.until(lambda: len(texts(page, "#by-unit tbody tr")) == 30)
    assert sum(number(text) for text in texts(page, "#by-unit tbody .number")) == 300


def test_differences_should_be_counted_by_aspect_with_their_effect(opened, report):
    counts = {}
    for account in report.accounts:
        for aspect in {finding["aspect"] for finding in report.findings(account)}:
            effects = [finding["effect"] for finding in report.findings(account) if finding["aspect"] == aspect]
            effect = next(effect for effect in EFFECTS if effect in effects)
            counts.setdefault(aspect, dict.fromkeys(EFFECTS, 0))[effect] += 1
    rows = opened.all("#by-aspect tbody tr")
    told = sorted((number(row.find_element("css selector", ".number").text), row.find_element("css selector", ".told").text) for row in rows)
    assert told == sorted((sum(of.values()), ", ".join(f"{of[effect]:,} {effect}" for effect in EFFECTS if of[effect])) for of in counts.values())


def test_figures_should_lead_to_their_accounts(opened, report):
    opened.one("[data-tile=widened]").click()
    opened.shows([account for account in report.accounts if report.effect(account) == "widens"])
    opened.until(lambda: opened.focused("#accounts-title"))
    verdict, count = report["verdicts"][0]
    opened.script("arguments[0].click()", opened.one("#by-verdict tbody a"))
    opened.until(lambda: opened.count_found() == count)
    assert f"verdict={verdict}" in opened.driver.current_url


def test_list_that_is_not_whole_should_be_told_before_anything_else(page, text, report):
    reason = "ListAccounts: <b>throttled</b> for longer than the deadline"
    page.look_at(with_data(text, report.data | {"listing_incomplete": reason}))
    assert page.script("return document.querySelector('main').firstElementChild.id") == "incomplete"
    assert reason in page.text("#incomplete")
    assert page.script("return document.getElementById('incomplete').getBoundingClientRect().top") < 200
    assert "not all" in page.text("[data-tile=total]")
    page.shoot("incomplete")


def test_calls_should_be_folded_with_their_sum(opened, report):
    total = sum(report["calls"].values())
    summary = opened.one("#calls summary")
    assert f"{total:,}" in summary.text
    summary.click()
    opened.until(lambda: opened.all("#calls tfoot"))
    assert dict(zip(texts(opened, "#calls tbody th"), map(number, texts(opened, "#calls tbody td")))) == report["calls"]
    assert number(texts(opened, "#calls tfoot td")[0]) == total


# What to do next


def tasks(report):
    """What has to be done: the accounts of each cause, and of drift without one."""
    of = {cause["code"]: [account for account in report.accounts if account[CAUSE] == index] for index, cause in enumerate(report["causes"])}
    ready = [account for account in report.accounts if account[CAUSE] < 0 and report.verdict(account) == "drifted"]
    return of | ({"none": ready} if ready else {})


def test_causes_should_stand_gravest_first_with_all_that_they_take(opened, report):
    of = tasks(report)
    shown_codes = opened.script("return [...document.querySelectorAll('[data-cause]')].map((task) => task.dataset.cause)")
    assert sorted(shown_codes) == sorted(of)
    is_open = {account[ID] for account in report.open_accounts()}

    def order(code):
        widened = any(report.effect(account) == "widens" for account in of[code])
        return (0 if widened else 1 if any(account[ID] in is_open for account in of[code]) else 2, -len(of[code]))

    assert [order(code) for code in shown_codes] == sorted(order(code) for code in of)
    for cause in report["causes"]:
        block = text_of(opened.one(f"[data-cause='{cause['code']}']"))
        assert cause["title"] in block and f"{cause['accounts']:,} account" in block
        assert cause["remedy"].replace("`", "") in block
        for document in cause["documents"]:
            assert document["about"] in block
            assert document["text"] in texts(opened, f"[data-cause='{cause['code']}'] [data-document='{document['name']}'] pre")


def test_only_links_to_the_web_should_be_links(page, text, report):
    causes = [{"code": f"c{index}", "title": "T", "accounts": 0, "remedy": "R", "link": link, "documents": []} for index, link in
              enumerate(["https://example.com/", "javascript:alert(1)", "data:text/html,x", "http://example.com/", None])]
    page.look_at(with_data(text, report.data | {"causes": causes, "accounts": [[*account[:CAUSE], -1, *account[CAUSE + 1:]] for account in report.accounts]}))
    links = page.script("return [...document.querySelectorAll('a[href]')].map((link) => link.getAttribute('href')).filter((href) => !href.startsWith('#'))")
    assert links == ["https://example.com/"]
    assert page.one("a[href^=https]").get_attribute("rel") == "noopener noreferrer"


def test_accounts_of_a_cause_should_unfold_and_lead_to_the_table(page, text, report):
    account = needed([account for account in report.accounts if account[CAUSE] >= 0], "cause")
    grown = report.holding([[f"{index:012d}", *account[1:]] for index in range(120)])
    page.look_at(with_data(text, grown.data))
    block = page.one(f"[data-cause='{report['causes'][account[CAUSE]]['code']}']")
    block.find_element("css selector", ".concerned summary").click()
    page.until(lambda: len(block.find_elements("css selector", ".names li")) == CONCERNED_MAX)
    block.find_element("css selector", ".show-all").click()
    page.shows(grown.accounts)
    assert Select(page.one("[data-filter=cause]")).first_selected_option.text == report["causes"][account[CAUSE]]["title"]


def with_document(report, document):
    causes = [{"code": "c", "title": "T", "accounts": 0, "remedy": "R", "link": None, "documents": [document]}, *report["causes"]]
    accounts = [[*account[:CAUSE], account[CAUSE] + 1 if account[CAUSE] >= 0 else -1, *account[CAUSE + 1:]] for account in report.accounts]
    return report.data | {"causes": causes, "accounts": accounts}


DOCUMENT = {"name": "policy.json", "about": "A policy.", "text": '{\n  "Version": "2012-10-17",\n  "Sid": "</pre><b>é🚀"\n}\n'}


def test_document_should_be_downloaded_as_it_is(page, text, report, tmp_path):
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    page.look_at(with_data(text, with_document(report, DOCUMENT)))
    page.script("[...document.querySelectorAll('[data-cause=c] button')].find((one) => one.textContent === 'Download').click()")
    file = tmp_path / DOCUMENT["name"]
    page.until(lambda: file.exists() and file.stat().st_size)
    assert file.read_text("utf-8") == DOCUMENT["text"]


def test_document_should_be_copied_as_it_is(page, text, report):
    page.look_at(with_data(text, with_document(report, DOCUMENT)))
    page.script("window.copied = []; navigator.clipboard.writeText = async (text) => { copied.push(text); }")
    button = page.one("[data-cause=c] figure button")
    button.click()
    page.until(lambda: button.text == "Copied")
    assert page.script("return copied") == [DOCUMENT["text"]]
    assert page.script("return document.getElementById('announcer').textContent") == "Copied"
    page.until(lambda: button.text == "Copy")


def test_document_should_be_selected_where_it_cannot_be_copied(page, text, report):
    page.look_at(with_data(text, with_document(report, DOCUMENT)))
    page.script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    page.one("[data-cause=c] figure button").click()
    page.until(lambda: page.script("return getSelection().toString()").strip() == DOCUMENT["text"].strip())


def test_report_without_anything_to_do_should_say_so(page, text, report):
    right = [[*account[:VERDICT], 0, *account[VERDICT + 1:FINDINGS], -1, -1, -1, -1, -1] for account in report.accounts]
    page.look_at(with_data(text, Report(report.data | {"causes": []}).holding(right).data))
    assert "Nothing" in page.text("#next")
    assert "No role that was read" in page.text(".lead")
    assert "Nothing differs" in page.text("#by-aspect")


def test_report_without_accounts_should_open(page, text, report):
    page.look_at(with_data(text, report.holding([]).data))
    assert page.count_found() == 0
    assert "No account is like this" in page.text("#accounts")


# The table


def test_search_should_find_by_whatever_is_told(opened, report):
    account = needed([account for account in report.accounts if account[IDENTITY] >= 0 and account[NAME].strip()], "account with an identity")
    differing = [account for account in report.accounts if account[FINDINGS] >= 0]
    asked = [account[NAME].strip().upper(), account[ID][:-2], report.shared("identities", account, IDENTITY), "no such thing at all", f"{account[ID]} {account[NAME].split()[0]}"]
    asked += [report.findings(differing[0])[0]["text"].replace("<account>", "")] if differing else []
    asked += [report["causes"][0]["title"]] if report["causes"] else []
    opened.press("/")
    opened.until(lambda: opened.focused("#search"), "`/` does not lead into the search")
    for query in asked:
        opened.script("document.getElementById('search').value = ''")
        opened.one("#search").send_keys(query)
        terms = folding(query).split()
        opened.shows([account for account in report.accounts if all(term in report.searched(account) for term in terms)])
        assert opened.focused("#search")
    assert "q=" in opened.driver.current_url


def test_search_should_not_move_the_page_nor_fill_the_history(opened):
    opened.press("/")
    steps = opened.script("return history.length")
    opened.one("#search").send_keys("a")
    opened.until(lambda: "q=a" in opened.driver.current_url)
    top = opened.script("return scrollY")
    opened.one("#search").send_keys(Keys.BACKSPACE)
    opened.until(lambda: "q=" not in opened.driver.current_url)
    assert opened.script("return [scrollY, history.length]") == [top, steps]


def test_filters_should_narrow_the_table_and_live_in_the_address(opened, report):
    verdicts = [verdict for verdict, _ in report["verdicts"]]
    first = verdicts[0]

    def of(*verdicts):
        return [account for account in report.accounts if report.verdict(account) in verdicts]

    opened.script("document.querySelector('#accounts').scrollIntoView()")
    opened.one(f"[data-filter=verdict] [data-value={first}]").click()
    opened.shows(of(first))
    assert opened.one(f"[data-value={first}]").get_attribute("aria-pressed") == "true"
    second = needed(verdicts[1:], "second verdict")
    opened.one(f"[data-filter=verdict] [data-value={second}]").click()
    opened.shows(of(first, second))
    shared = opened.driver.current_url
    opened.driver.back()
    opened.shows(of(first))
    opened.driver.forward()
    opened.shows(of(first, second))
    opened.driver.get("about:blank")
    opened.driver.get(shared)
    opened.shows(of(first, second))
    assert opened.script("return document.getElementById('accounts').getBoundingClientRect().top < innerHeight"), "a shared link does not lead to the table"
    clear = next(button for button in opened.all(".filters button") if button.text == "Clear filters")
    clear.click()
    opened.shows(report.accounts)
    assert not clear.is_displayed()


def test_every_filter_should_show_its_accounts_and_no_others(opened, report):
    tests = {
        "effect": lambda value, account: report.effect(account) == value,
        "aspect": lambda value, account: value in [finding["aspect"] for finding in report.findings(account)],
        "ou": lambda value, account: is_within(report.unit(account), value),
        "cause": lambda value, account: account[CAUSE] == (-1 if value == "none" else [cause["code"] for cause in report["causes"]].index(value)),
        "profile": lambda value, account: account[PROFILE] >= 0 and report["profiles"][account[PROFILE]] == value,
    }
    for key, test in tests.items():
        values = opened.script("return [...document.querySelectorAll(`[data-filter=${arguments[0]}] :is(option, [data-value])`)].map((one) => one.value || one.dataset.value).filter(Boolean)", key)
        for value in values[:12]:
            opened.ask(encoded(**{key: value}))
            opened.shows([account for account in report.accounts if test(value, account)])
    opened.ask(encoded(profile=report["profiles"][:1], verdict=["in_sync", "drifted"]))
    opened.shows([account for account in report.accounts if account[PROFILE] == 0 and report.verdict(account) in ("in_sync", "drifted")])
    opened.ask("cause=unheard-of&ou=nowhere")
    opened.shows([])
    assert Select(opened.one("[data-filter=ou]")).first_selected_option.text == "nowhere"


def is_within(unit, asked):
    top = asked.removesuffix(" / …")
    return unit == top or (asked != top and unit.startswith(f"{top} / "))


def test_drop_down_should_filter(opened, report):
    unit = report["units"][0]
    Select(opened.one("[data-filter=ou]")).select_by_value(unit)
    opened.shows([account for account in report.accounts if account[UNIT] == 0])
    Select(opened.one("[data-filter=ou]")).select_by_index(0)
    opened.shows(report.accounts)


def test_table_should_sort_both_ways_over_all_pages(page, text, report):
    grown = report.grown(250)
    page.look_at(with_data(text, grown.data))
    by_id = {account[ID]: account for account in grown.accounts}
    keys = {
        "name": lambda account: folding(account[NAME]),
        "verdict": lambda account: account[VERDICT],
        "effect": lambda account: [*EFFECTS, None].index(report.effect(account)),
        "ou": lambda account: folding(report.unit(account)) or "\uffff",
        "profile": lambda account: folding(report["profiles"][account[PROFILE]]) if account[PROFILE] >= 0 else "\uffff",
    }
    for name, key in keys.items():
        for order in ["ascending", "descending"]:
            page.script("arguments[0].click()", page.one(f"[data-sort={name}]"))
            page.until(lambda: page.one(f"th.c-{name}").get_attribute("aria-sort") == order)
            seen = [key(by_id[account]) for account in all_rows(page)]
            assert seen == sorted(seen, reverse=order == "descending"), (name, order)
            assert len(seen) == 250
            page.ask(encoded(sort=name))
            page.until(lambda: page.one(f"th.c-{name}").get_attribute("aria-sort") == "ascending")


def all_rows(page):
    """The ids of the accounts on this page of the table and all that follow."""
    rows = page.rows()
    while page.all("[rel=next]:not([hidden]):not([disabled])"):
        page.script("document.querySelector('[rel=next]').click()")
        page.until(lambda: page.rows()[0] not in rows)
        rows += page.rows()
    return rows


def test_gravest_accounts_should_stand_first(opened, report):
    opened.ask("")
    first = {account[ID]: account for account in report.accounts}
    widened = [report.effect(first[row]) == "widens" for row in opened.rows()]
    assert widened == sorted(widened, reverse=True)
    assert sum(widened) == min(PAGE_SIZE, report["widened"])


def test_paging_should_keep_the_document_small(page, text, report):
    grown = report.grown(1234)
    page.look_at(with_data(text, grown.data))
    assert len(page.rows()) == PAGE_SIZE
    assert page.text(".pager .range") == "1–100 of 1,234"
    assert len(set(all_rows(page))) == 1234
    assert page.text(".pager .range") == "1,201–1,234 of 1,234"
    assert page.script("return document.querySelectorAll('#accounts *').length") < ELEMENTS_MAX
    page.script("document.querySelector('[rel=prev]').click()")
    page.until(lambda: page.text(".pager .range") == "1,101–1,200 of 1,234")
    page.one(".pager input").send_keys(Keys.CONTROL, "a", Keys.NULL, "3", Keys.ENTER)
    page.until(lambda: page.text(".pager .range") == "201–300 of 1,234")
    for wrong, right in [("0", "1–100"), ("-4", "1–100"), ("99", "1,201–1,234"), ("x", "1–100")]:
        page.ask(f"page={wrong}")
        page.until(lambda: page.text(".pager .range").startswith(right))


def test_row_should_unfold_to_all_that_is_known(opened, report):
    picked = {}
    for account in report.accounts:
        picked.setdefault((account[VERDICT], account[FINDINGS] if account[FINDINGS] < 12 else 12, account[CAUSE], account[ADOPTED]), account)
    for account in list(picked.values())[:25]:
        unfolded = opened.unfold(account)
        told = text_of(unfolded)
        findings = report.findings(account)
        effects = [text_of(one) for one in unfolded.find_elements("css selector", ".effect")]
        assert effects == sorted((finding["effect"] for finding in findings), key=EFFECTS.index)
        for finding in findings:
            for said in filter(None, [finding["text"], finding["meaning"]]):
                assert shown(said.replace("<account>", account[ID])) in told
        for name, place in [("writes", WRITES), ("messages", MESSAGE), ("remedies", REMEDY), ("identities", IDENTITY)]:
            assert shown(report.shared(name, account, place) or "") in told
        assert account[CAUSE] < 0 or report["causes"][account[CAUSE]]["title"] in told
        assert "<account>" not in told
        row = opened.one("[data-account]")
        assert ("made by hand" in row.text) == (account[ADOPTED] == 1)
        assert row.find_element("css selector", ".badge").text.lower().replace(" ", "_") == report.verdict(account)


def test_what_widens_should_stand_first(page, text, report):
    findings = [[{"effect": effect, "aspect": "tags", "text": effect, "meaning": None} for effect in ["cosmetic", "narrows", "widens", "cosmetic"]]]
    accounts = [[*account[:VERDICT], 2, *account[VERDICT + 1:FINDINGS], 0, *account[FINDINGS + 1:]] for account in report.grown(3).accounts]
    page.look_at(with_data(text, Report(report.data | {"findings": findings}).holding(accounts).data))
    unfolded = page.unfold(accounts[1])
    assert [text_of(one) for one in unfolded.find_elements("css selector", ".effect")] == ["widens", "narrows", "cosmetic", "cosmetic"]


def test_rows_should_fold_and_unfold(page, text, report):
    page.look_at(with_data(text, report.grown(30).data))
    page.script("document.querySelector('#accounts').scrollIntoView()")
    rows = len(page.rows())
    button = page.one(".unfold")
    button.click()
    assert button.get_attribute("aria-expanded") == "true" and len(page.all(".unfolded")) == 1
    page.one("[data-account] .c-verdict").click()
    assert button.get_attribute("aria-expanded") == "false" and page.all(".unfolded") == []
    whole = next(button for button in page.all(".above button") if button.text.startswith("Unfold all"))
    whole.click()
    assert len(page.all(".unfolded")) == rows and whole.text.startswith("Fold all")
    whole.click()
    assert page.all(".unfolded") == []


def test_account_should_lead_to_its_cause(opened, report):
    account = needed([account for account in report.accounts if account[CAUSE] >= 0], "cause")
    unfolded = opened.unfold(account)
    unfolded.find_element("css selector", ".why button").click()
    assert opened.focused(f"#cause-{report['causes'][account[CAUSE]]['code']}-title")


# What never may happen; that nothing is asked for and no dialog opens is looked at after every test.


def hostile(report):
    """A report of which every text is hostile."""
    bad = [text for text in HOSTILE if text.strip()]
    accounts = [[*account[:NAME], HOSTILE[index % len(HOSTILE)], index % len(bad), *account[VERDICT:PROFILE], 0, 0, bad[index % len(bad)], 1, index % len(bad), 0, 0, 0, 0]
                for index, account in enumerate(report.grown(2 * len(HOSTILE)).accounts)]
    findings = [[{"effect": EFFECTS[index % 3], "aspect": "trust", "text": text, "meaning": text}, {"effect": "widens", "aspect": text, "text": "<account>", "meaning": None}] for index, text in enumerate(bad)]
    every = "".join(bad)
    causes = [{"code": "<b>", "title": every, "accounts": 1, "remedy": every, "link": "https://example.com/\"><script>alert(1)</script>", "documents": [{"name": "../<img>", "about": every, "text": every}]}]
    head = {name: "<script>alert(1)</script>{{DATA}}" for name in report["head"]}
    texts = {name: [every] for name in ["writes", "messages", "remedies", "identities", "profiles"]}
    data = report.data | {"head": head, "listing_incomplete": every, "units": bad, "findings": findings, "causes": causes, "calls": {text: 1 for text in bad}} | texts
    return Report(data).holding(accounts)


def test_hostile_texts_should_be_shown_as_text(page, text, report):
    bad = hostile(report)
    page.look_at(with_data(text, bad.data))
    for unfold in page.all("summary"):
        page.script("arguments[0].click()", unfold)
    page.script("document.querySelector('.above button').click()")
    page.emulate_print(True)
    page.until(lambda: page.all(".printed") or not bad.open_accounts())
    page.emulate_print(False)
    for query in ["q=%3Cimg", "q=__proto__&ou=constructor&cause=%3Cb%3E&sort=__proto__", "sort=constructor&page=1e9"]:
        page.ask(query)
    page.ask("")
    page.until(lambda: page.count_found() == bad["total"])
    names = texts(page, "[data-account] .name")
    assert sorted(names) == sorted(shown(account[NAME]) for account in bad.accounts if account[NAME].strip())
    assert page.script("return document.querySelectorAll('img, iframe, object, embed, form, base, [onerror], [style*=url]').length") == 0
    assert page.script("return document.querySelectorAll('script').length") == 2
    page.size((390, 844))
    assert page.script("return document.documentElement.scrollWidth <= innerWidth")
    page.shoot("hostile-phone")


def test_policy_should_forbid_what_the_page_does_not_need(any_page, text):
    any_page.look_at(text)
    done = any_page.script("""
        const refused = [];
        const attempt = (name, action) => { try { action(); } catch { refused.push(name); } };
        attempt("markup", () => { document.createElement("p").innerHTML = "<b>x</b>"; });
        attempt("script", () => { document.createElement("script").text = "window.ran = true"; });
        attempt("handler", () => { document.createElement("p").setAttribute("onclick", "1"); });
        const style = document.createElement("p");
        document.body.append(style);
        style.setAttribute("style", "color: red");
        return [refused, style.style.color];""")
    assert done == [["markup", "script", "handler"], ""]
    fetched = any_page.driver.execute_async_script("const done = arguments[0]; fetch('https://example.com/').then(() => done('fetched'), () => done('refused'))")
    assert fetched == "refused"
    # This test asked for it itself.
    assert any_page.requests() in ([], ["https://example.com/"])
    assert not any_page.events("Network.responseReceived")[-1]["response"]["url"].startswith("http")
    any_page.logged.clear()
    any_page.errors()


def test_page_should_name_nothing_outside_of_itself(opened):
    named = opened.script("return [...document.querySelectorAll('[src], [href]:not(a), [action], [data], [poster], [srcset]')].map((one) => one.src || one.href)")
    assert named == ["data:,"], "the icon is named so that none is asked for"


def test_damaged_file_should_say_so(page, text):
    start = text.index('id="report">')
    page.look_at(text[: start + (len(text) - start) // 2])
    assert "not whole" in page.text("main")
    page.shoot("damaged")


def test_report_should_be_told_without_a_script_too(page, text):
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.file.write_text(text, "utf-8")
    page.driver.get(page.file.as_uri())
    assert page.one("noscript > .noscript").is_displayed()
    assert page.one("noscript > .noscript").text.strip()


# Paper


def test_print_should_show_everything_that_matters(opened, report):
    expected = report.open_accounts()
    opened.emulate_print(True)
    opened.until(lambda: len(opened.all(".paper > *")) >= 2)
    printed = opened.script("return [...document.querySelectorAll('[data-printed]')].map((one) => [one.dataset.printed, one.textContent])")
    assert len(printed) == min(PRINTED_MAX, len(expected))
    accounts = {account[ID]: account for account in expected}
    for account_id, told in printed[:200]:
        for finding in report.findings(accounts[account_id]):
            assert shown(finding["text"].replace("<account>", account_id)) in told
        assert shown(report.shared("messages", accounts[account_id], MESSAGE) or "") in told
    assert [one for one in opened.all("button, input, select, nav, .list") if one.is_displayed()] == []
    for document in [document for cause in report["causes"] for document in cause["documents"]]:
        assert document["text"].strip().splitlines()[-1] in opened.text("#next")
    assert opened.script("return [...document.querySelectorAll('pre')].every((one) => one.scrollHeight <= one.clientHeight + 1)"), "a document is cut off"
    opened.emulate_print(False)
    opened.until(lambda: opened.all(".paper > *") == [])


def test_print_should_name_how_many_it_leaves_out(page, text, report):
    account = needed(report.open_accounts(), "account that is not as wanted")
    page.look_at(with_data(text, report.holding([[f"{index:012d}", *account[1:]] for index in range(PRINTED_MAX + 345)]).data))
    page.emulate_print(True)
    page.until(lambda: len(page.all("[data-printed]")) == PRINTED_MAX)
    assert "2,000 of 2,345 accounts are printed" in page.text(".paper") and "345 more" in page.text(".paper")


def test_printing_should_render_the_accounts_by_itself(page, text, report):
    page.look_at(with_data(text, report.holding(report.open_accounts()[:40] or report.accounts[:1]).data))
    page.script("window.parts = 0; new MutationObserver((all) => { for (const one of all) parts += one.addedNodes.length; }).observe(document.querySelector('.paper'), { childList: true })")
    pdf = page.driver.execute_cdp_cmd("Page.printToPDF", {})
    assert pdf["data"].startswith("JVBERi0")
    assert page.script("return parts") >= 2
    page.until(lambda: page.all(".paper > *") == [])
    # Not every browser tells of print in both ways.
    assert page.script("dispatchEvent(new Event('beforeprint')); return document.querySelector('.paper').childElementCount") >= 2
    assert page.script("dispatchEvent(new Event('afterprint')); return document.querySelector('.paper').childElementCount") == 0


# Keyboard


def test_keyboard_alone_should_reach_everything(page, text, report):
    page.look_at(with_data(text, with_document(report.grown(150), DOCUMENT)))
    for selector in ["#top nav a", "[data-tile]", "#by-verdict a", "#by-unit a", "[data-cause=c] figure button", "[data-cause=c] pre", "#search", "[data-filter=verdict] button"]:
        page.tab_to(selector, presses_max=200)
    page.press(Keys.SPACE)
    page.until(lambda: page.focused("[data-filter=verdict] [aria-pressed=true]"), "pressing a filter loses the focus")
    page.press(Keys.SPACE)
    page.tab_to("select")
    page.tab_to(".sort")
    page.press(Keys.ENTER)
    page.until(lambda: page.all("[aria-sort=ascending]") and page.focused(".sort"))
    page.tab_to(".unfold")
    page.press(Keys.ENTER)
    assert page.focused(".unfold[aria-expanded=true]") and len(page.all(".unfolded")) == 1
    page.press(Keys.SPACE)
    assert page.focused(".unfold[aria-expanded=false]") and page.all(".unfolded") == []
    page.press("/")
    page.until(lambda: page.focused("#search"))


def test_parts_should_be_jumped_to_without_touching_the_filters(opened):
    opened.ask("sort=name")
    for link, title in zip(opened.all("#top nav a"), ["summary", "next", "accounts", "calls"]):
        link.click()
        assert opened.focused(f"#{title}-title")
        assert "sort=name" in opened.driver.current_url


def test_focus_should_be_seen_wherever_it_is(opened):
    for _ in range(60):
        opened.press(Keys.TAB)
        if opened.focused("body"):
            break
        style = opened.script("const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement); return [outlineStyle, parseFloat(outlineWidth)]")
        assert style[0] != "none" and style[1] >= 2, opened.script("return document.activeElement.outerHTML.slice(0, 200)")


def test_what_is_found_should_be_told_to_who_listens(opened, report):
    opened.ask("q=no+such+thing")
    opened.until(lambda: opened.script("return document.getElementById('announcer').textContent") == f"0 of {report['total']:,} account{'' if report['total'] == 1 else 's'}")


def test_data_should_keep_to_what_the_page_expects(report):
    assert all(len(account) == 13 for account in report.accounts)
    assert [verdict for verdict, _ in report["verdicts"]] == [verdict for verdict in VERDICTS if dict(report["verdicts"]).get(verdict)]
    for place, name in [(UNIT, "units"), (PROFILE, "profiles"), (IDENTITY, "identities"), (FINDINGS, "findings"), (WRITES, "writes"), (CAUSE, "causes"), (MESSAGE, "messages"), (REMEDY, "remedies")]:
        assert all(-1 <= account[place] < len(report[name]) for account in report.accounts), name
    assert len({account[ID] for account in report.accounts}) == len(report.accounts)
    for cause, of in zip(report["causes"], range(len(report["causes"]))):
        assert cause["accounts"] == sum(account[CAUSE] == of for account in report.accounts), cause["code"]
    json.dumps(report.data, allow_nan=False)
