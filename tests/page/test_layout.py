"""How the status page looks: both themes, a phone, contrast; its pictures go to PAGE_SCREENSHOTS."""

import pytest

from browser import DESKTOP, PHONE
from contrast import faint_texts

VIEWS = ["overview", "accounts", "account", "drift", "passes"]


def route(view, widened):
    return f"accounts/{widened['id']}" if view == "account" else view


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_should_have_enough_contrast(page, widened, theme):
    # Rows that have just changed fade in; only what stays is measured.
    page.media(prefers_color_scheme=theme, prefers_reduced_motion="reduce")
    for view in VIEWS:
        page.open(route(view, widened))
        page.shoot(f"{view}-{theme}")
        assert faint_texts(page) == [], view
    light = page.script("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (max(light) < 60) == (theme == "dark")


def test_phone_should_never_scroll_sideways(page, widened):
    page.size(PHONE)
    for view in VIEWS:
        page.open(route(view, widened))
        page.shoot(f"{view}-phone", whole=view in ("overview", "account"))
        width = page.script("return [document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], f"{view} is {width[0]} wide"
        beyond = page.script(
            """return [...document.querySelectorAll("main *")].filter((one) => one.checkVisibility()
            && !one.closest(".toggles, .unseen, .scroll") && one.getBoundingClientRect().right > innerWidth + 1)
            .map((one) => one.outerHTML.slice(0, 120))"""
        )
        assert beyond == [], view


def test_wide_screen_should_keep_everything_in_sight(page, widened):
    page.open()
    for width in [DESKTOP[0], 1024, 2560]:
        page.size((width, 900))
        for view in VIEWS:
            page.go(route(view, widened))
            assert page.script("return document.documentElement.scrollWidth <= innerWidth"), (view, width)
    page.shoot("passes-wide")
