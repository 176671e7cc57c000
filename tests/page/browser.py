"""A headless Chromium that looks at the status page, and what the API says of the same daemon."""

import base64
import json
import os
import pathlib
import shutil
import urllib.parse
import urllib.request

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

URL = os.environ.get("PAGE_URL", "").rstrip("/")
TOKEN = os.environ.get("PAGE_TOKEN")
SCREENSHOTS = os.environ.get("PAGE_SCREENSHOTS")
TOKEN_KEY = "digitalex-rollout-token"
WAIT_S = 20
DESKTOP = (1440, 1000)
PHONE = (390, 844)


def api(path, **query):
    """The JSON that the API answers, asked without the browser."""
    asked = urllib.parse.urlencode(query, doseq=True)
    request = urllib.request.Request(f"{URL}/api/v1{path}?{asked}")
    if TOKEN:
        request.add_header("Authorization", f"Bearer {TOKEN}")
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


class Page:
    """A page in a browser of its own."""

    def __init__(self, screenshots=SCREENSHOTS, logs=("browser",)):
        self.screenshots = screenshots
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        # The sandbox of Chromium does not start for root, as in most containers.
        for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", dict.fromkeys(logs, "ALL"))
        options.set_capability("unhandledPromptBehavior", "ignore")
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.size(DESKTOP)

    def size(self, size):
        """Sets the viewport; a narrow one is a phone."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def media(self, **features):
        """Sets media features: `prefers_color_scheme="dark"`."""
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": named})

    def open(self, route="overview", signed_in=True):
        """Opens a view as from a shared link: the document is loaded anew."""
        # From a hash to a hash no document is loaded.
        self.driver.get("about:blank")
        if TOKEN and signed_in:
            keep = f"if (location.protocol !== 'about:') sessionStorage.setItem({TOKEN_KEY!r}, {TOKEN!r})"
            self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": keep})
        self.driver.get(f"{URL}/#/{route}")
        if not TOKEN or signed_in:
            self.settle()

    def go(self, route):
        """Goes to another view without loading the document."""
        self.script("location.hash = arguments[0]", f"#/{route}")
        self.settle()

    def settle(self):
        """Waits until the view shows what it asked for."""
        self.until(lambda: self.all("main h1") and not self.all("main [aria-busy]") and self.is_filled())

    def is_filled(self):
        return self.script(
            """const main = document.querySelector("main");
            const list = main.querySelector(".pager .range, .pager .notice");
            const tree = main.querySelector(".tree > li");
            const plot = main.querySelector(".plot > *");
            const account = main.querySelector(".facts, .notice");
            return Boolean((list || (tree && plot) || account) && (document.querySelector("#pass:not([hidden])")));"""
        )

    def script(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.until(lambda: next(iter(self.all(selector)), None), f"no {selector}")

    def text(self, selector="body"):
        return self.script("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def until(self, condition, message="", wait_s=WAIT_S):
        """Waits for a condition, and returns what it said."""
        return WebDriverWait(self.driver, wait_s, poll_frequency=0.05).until(lambda _: condition(), message)

    def press(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self, selector):
        """Whether the element that has the focus is like this."""
        return self.script("return document.activeElement.matches(arguments[0])", selector)

    def tab_to(self, selector, presses_max=80):
        """Presses Tab until such an element has the focus."""
        for _ in range(presses_max):
            self.press(Keys.TAB)
            if self.focused(selector):
                return
        raise AssertionError(f"{selector} is not reached within {presses_max} Tabs")

    def rows(self):
        """The ids of the accounts in the list."""
        return self.script("return [...document.querySelectorAll('[data-account]')].map((row) => row.dataset.account)")

    def errors(self):
        """What the console was told since it was last asked; violations of the CSP are among it."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def shoot(self, name, whole=False):
        """Keeps a picture of the page, where pictures are asked for."""
        if not self.screenshots:
            return
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": whole})
        folder = pathlib.Path(self.screenshots)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))
