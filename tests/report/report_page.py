"""A headless Chromium that looks at a report page, and what is embedded in that page."""

import json
import os
import pathlib
import re
import unicodedata

from browser import Page
from make_report import ESCAPES, VERDICTS, page_of, report_of

FILE = os.environ.get("REPORT_FILE")
SCREENSHOTS = os.environ.get("REPORT_SCREENSHOTS")
MADE_ACCOUNTS = 2000
PAGE_SIZE = 100
EFFECTS = ["widens", "narrows", "cosmetic"]
DATA = re.compile(r'(<script type="application/json" id="report">)(.*?)(</script>)', re.DOTALL)
# As in the data: the place of each value of an account.
ID, NAME, UNIT, VERDICT, PROFILE, IDENTITY, ACCESS_KEY, ADOPTED, FINDINGS, WRITES, CAUSE, MESSAGE, REMEDY = range(13)
# A control or a mark that reorders text is shown as what it is.
UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def looked_at():
    """The text of the page that these tests look at."""
    return pathlib.Path(FILE).read_text("utf-8") if FILE else page_of(report_of(MADE_ACCOUNTS, 1))


def with_data(text, data):
    """The page, made to show something else: its script and style stay what they are."""
    embedded = json.dumps(data, ensure_ascii=False).translate(ESCAPES)
    return DATA.sub(lambda found: found[1] + embedded + found[3], text, count=1)


def folding(text):
    return unicodedata.normalize("NFKD", text).lower()


def shown(text):
    return UNSEEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)


class Report:
    """What is embedded in a page."""

    def __init__(self, data):
        self.data = data
        self.accounts = data["accounts"]

    @classmethod
    def embedded_in(cls, text):
        return cls(json.loads(DATA.search(text)[2]))

    def __getitem__(self, name):
        return self.data[name]

    def shared(self, name, account, place):
        """A text that accounts share, as that of this one."""
        text = self.data[name][account[place]] if account[place] >= 0 else None
        return text and text.replace("<account>", account[ID])

    def findings(self, account):
        return self.data["findings"][account[FINDINGS]] if account[FINDINGS] >= 0 else []

    def unit(self, account):
        return self.data["units"][account[UNIT]] if account[UNIT] >= 0 else ""

    def effect(self, account):
        effects = [finding["effect"] for finding in self.findings(account)]
        return next((effect for effect in EFFECTS if effect in effects), None)

    def verdict(self, account):
        return VERDICTS[account[VERDICT]]

    def open_accounts(self):
        """Those that ask for a person."""
        return [account for account in self.accounts if self.verdict(account) not in ("in_sync", "converged", "skipped")]

    def searched(self, account):
        """All that a search can find this account by."""
        cause = self.data["causes"][account[CAUSE]] if account[CAUSE] >= 0 else {"code": "", "title": ""}
        own = [account[ID], account[NAME], self.shared("identities", account, IDENTITY), account[ACCESS_KEY], "made by hand" if account[ADOPTED] else ""]
        texts = [self.unit(account), cause["code"], cause["title"], self.data["messages"][account[MESSAGE]] if account[MESSAGE] >= 0 else ""]
        return folding("\n".join([text or "" for text in own + texts] + [finding["text"] for finding in self.findings(account)]))

    def grown(self, count):
        """The same, with its accounts again and again under other ids."""
        accounts = [[f"{index:012d}", *self.accounts[index % len(self.accounts)][1:]] for index in range(count)]
        return self.holding(accounts)

    def holding(self, accounts):
        """The same, with these accounts."""
        counts = [[verdict, sum(account[VERDICT] == index for account in accounts)] for index, verdict in enumerate(VERDICTS)]
        causes = [cause | {"accounts": sum(account[CAUSE] == index for account in accounts)} for index, cause in enumerate(self.data["causes"])]
        widened = sum(self.effect(account) == "widens" for account in accounts)
        changed = {"accounts": accounts, "total": len(accounts), "verdicts": [pair for pair in counts if pair[1]], "causes": causes, "widened": widened, "adopted": sum(account[ADOPTED] for account in accounts)}
        return Report(self.data | changed)


class ReportPage(Page):
    """A report page in a browser of its own."""

    def __init__(self, folder):
        super().__init__(SCREENSHOTS, ("browser", "performance"))
        self.file = folder / "report.html"
        self.logged = []

    def look_at(self, text, query=""):
        """Opens such a page."""
        self.file.write_text(text, "utf-8")
        self.reopen(query)

    def reopen(self, query=""):
        """Opens the same page as from a link."""
        # From a hash to a hash no document is loaded.
        self.driver.get("about:blank")
        self.driver.get(self.file.as_uri() + (f"#/accounts?{query}" if query else ""))
        self.one("main h1, main > .notice")

    def ask(self, query):
        self.script("location.hash = arguments[0]", f"#/accounts?{query}")

    def count_found(self):
        """How many accounts the table has on all its pages."""
        return int(re.match(r"[\d,]+", self.text(".found"))[0].replace(",", ""))

    def shows(self, accounts):
        """Waits until the table shows these accounts and no others."""
        ids = {account[ID] for account in accounts}
        self.until(lambda: self.count_found() == len(ids) and set(self.rows()) <= ids and len(self.rows()) == min(PAGE_SIZE, len(ids)),
                   f"{self.driver.current_url} shows {self.text('.found')} instead of {len(ids)}")

    def unfold(self, account):
        """What is told of an account; the table has it alone."""
        self.ask(f"q={account[ID]}")
        self.until(lambda: self.rows() == [account[ID]])
        return self.one(".unfolded")

    def emulate_print(self, on):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print" if on else ""})

    def events(self, method):
        """What the browser told of such an event since the page was opened."""
        self.logged += [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [event["params"] for event in self.logged if event["method"] == method]

    def requests(self):
        """The addresses that were asked for, but for the report itself and what it holds."""
        asked = [event["request"]["url"].split("#")[0] for event in self.events("Network.requestWillBeSent")]
        return [url for url in asked if url not in (self.file.as_uri(), "about:blank") and not url.startswith("data:")]
