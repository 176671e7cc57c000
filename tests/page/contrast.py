"""Whether what is written on a page can be read."""

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


def faint_texts(page):
    """The texts in sight that have too little contrast to what is behind them."""
    return page.script(CONTRASTS, CONTRAST_MIN)
