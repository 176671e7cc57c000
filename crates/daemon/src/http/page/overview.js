// The first view: the organization at a glance.

import { driftChart } from "./chart.js";
import { el, fill, heading } from "./dom.js";
import { driftTable } from "./driftnow.js";
import { on } from "./live.js";
import { tree } from "./tree.js";
import { verdictTiles } from "./verdicts.js";

const UNITS_EVERY_MS = 15_000;

/** @type {import("./router.js").View} */
export function overview(root) {
  const tiles = el("section", { class: "card", "aria-label": "Accounts by verdict" });
  const now = el("section", { class: "card", "aria-label": "Drift now" });
  const chart = el("section", { class: "card chart-card", "aria-label": "Drift over time" });
  const units = el("section", { class: "card tree-card", "aria-label": "Organization" });
  fill(root, el("div", { class: "unseen" }, heading("Overview")), el("div", { class: "overview" },
    el("div", { class: "column" }, tiles, chart), el("div", { class: "column" }, units, now)));

  const showTiles = verdictTiles(tiles);
  const showDrift = driftTable(now);
  const opened = driftChart(chart);
  const shown = tree(units);
  let refreshedAt = Date.now();
  const refresh = () => {
    void shown.refresh();
    void opened.refresh();
  };
  const ends = [
    on("status", (status) => {
      showTiles(status.accounts);
      showDrift(status);
      // Counts of the units are not in the stream: they follow while a pass runs.
      if (!status.pass || Date.now() - refreshedAt < UNITS_EVERY_MS) return;
      refreshedAt = Date.now();
      void shown.refresh();
    }),
    on("pass", refresh),
  ];
  return { update: refresh, close: () => { ends.forEach((end) => end()); opened.close(); } };
}
