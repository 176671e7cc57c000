"""How the status page looks: both themes, a phone, contrast; its pictures go to PAGE_SCREENSHOTS."""

import pytest

from browser import DESKTOP, PHONE

VIEWS = ["overview", "accounts", "account", "drift", "passes"]
# WCAG 2.2 AA, for text of the size of this page.
CONTRAST_MIN = 4.5

# For each text in sight: its colour over all backgrounds behind it, opacity and all.
CONTRASTS = """
const parse = (color) => { const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number); return { rgb: [r, g, b], a }; };
const over = (top, a, under) => top.map((part, index) => part * a + under[index] * (1 - a));
const light = (rgb) => { const [r, g, b] = rgb.map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const chain = (element) => element ? [...chain(element.parentElement), element] : [];
const seen = new Map();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || element.closest(".unseen, svg, option, noscript, :disabled") || !element.checkVisibility()) continue;
  let ground = [255, 255, 255], alpha = 1;
  for (const one of chain(element)) {
    const style = getComputedStyle(one);
    alpha *= Number(style.opacity);
    const { rgb, a } = parse(style.backgroundColor);
    ground = over(rgb, a, ground);
  }
  const { rgb, a } = parse(getComputedStyle(element).color);
  const [high, low] = [light(over(rgb, a * alpha, ground)), light(ground)].sort((one, other) => other - one);
  const ratio = (high + 0.05) / (low + 0.05);
  const name = `${element.tagName}.${element.className}: ${walker.currentNode.data.trim().slice(0, 30)}`;
  if (ratio < arguments[0]) seen.set(`${element.tagName}.${element.className}`, `${ratio.toFixed(2)} ${name}`);
}
return [...seen.values()];
"""


def route(view, widened):
    return f"accounts/{widened['id']}" if view == "account" else view


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_should_have_enough_contrast(page, widened, theme):
    # Rows that have just changed fade in; only what stays is measured.
    page.media(prefers_color_scheme=theme, prefers_reduced_motion="reduce")
    for view in VIEWS:
        page.open(route(view, widened))
        page.shoot(f"{view}-{theme}")
        assert page.script(CONTRASTS, CONTRAST_MIN) == [], view
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
