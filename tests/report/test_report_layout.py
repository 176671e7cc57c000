"""How the report page looks: both themes, a phone, paper; its pictures go to REPORT_SCREENSHOTS."""

import base64
import pathlib

import pytest

from browser import DESKTOP, PHONE
from contrast import faint_texts
from report_page import SCREENSHOTS


def unfold_some(page):
    page.script("""
        for (const summary of document.querySelectorAll("summary")) summary.click();
        for (const button of [...document.querySelectorAll(".unfold")].slice(0, 4)) button.click();""")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_should_have_enough_contrast(page, text, theme):
    page.media(prefers_color_scheme=theme)
    page.look_at(text)
    page.shoot(f"desktop-{theme}")
    unfold_some(page)
    assert faint_texts(page) == []
    page.script("document.getElementById('accounts').scrollIntoView()")
    page.shoot(f"accounts-{theme}")
    page.shoot(f"whole-{theme}", whole=True)
    ground = page.script("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (max(ground) < 60) == (theme == "dark")


def test_phone_should_never_scroll_sideways(page, text):
    page.size(PHONE)
    page.look_at(text)
    page.shoot("phone")
    unfold_some(page)
    page.shoot("phone-whole", whole=True)
    width, inner = page.script("return [document.documentElement.scrollWidth, innerWidth]")
    assert width <= inner == PHONE[0]
    beyond = page.script(
        """return [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility() && !one.closest(".unseen, thead")
        && one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert beyond == []
    page.script("document.getElementById('accounts').scrollIntoView()")
    page.shoot("phone-accounts")


def test_wide_screen_should_keep_everything_in_sight(page, text):
    page.look_at(text)
    unfold_some(page)
    for width in [DESKTOP[0], 1024, 800, 2560]:
        page.size((width, 900))
        assert page.script("return document.documentElement.scrollWidth <= innerWidth"), width
    page.shoot("wide")


def test_paper_should_be_light_and_hold_what_is_on_it(page, text):
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    page.size((794, 1123))
    page.look_at(text)
    page.shoot("print")
    assert page.script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert faint_texts(page) == []
    assert page.script("return document.documentElement.scrollWidth <= innerWidth")
    if SCREENSHOTS:
        pdf = page.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
        (pathlib.Path(SCREENSHOTS) / "print.pdf").write_bytes(base64.b64decode(pdf["data"]))
