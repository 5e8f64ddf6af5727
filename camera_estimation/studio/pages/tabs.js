// The tabs of the side. Another one is a file of its own and a line here.
import { find, make } from "./dom.js";
import { buildCompare } from "./tab-compare.js";
import { buildCorrect } from "./tab-correct.js";
import { buildEstimate } from "./tab-estimate.js";
import { buildInsert } from "./tab-insert.js";
import { buildRegions } from "./tab-regions.js";
import { buildTake } from "./tab-take.js";
import { emit, store } from "./store.js";

const TABS = [
  ["estimate", "Estimate", buildEstimate],
  ["correct", "Correct", buildCorrect],
  ["regions", "Regions", buildRegions],
  ["compare", "Compare", buildCompare],
  ["insert", "Insert", buildInsert],
  ["take", "Take away", buildTake],
];

export function buildTabs() {
  for (const [name, title, build] of TABS) {
    const tab = make("button", { type: "button", role: "tab", id: `tab-${name}`, onclick: () => showTab(name) }, title);
    tab.setAttribute("aria-controls", `panel-${name}`);
    const panel = make("div", { role: "tabpanel", id: `panel-${name}`, class: "panel", hidden: true });
    panel.setAttribute("aria-labelledby", tab.id);
    find("#tabs").append(tab);
    find("#panels").append(panel);
    build(panel);
  }
  find("#tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = TABS.map(([name]) => name), next = names[(names.indexOf(store.tab) + step + names.length) % names.length];
    showTab(next);
    find(`#tab-${next}`).focus();
  });
  showTab("estimate");
}

export function showTab(name) {
  store.tab = name;
  for (const [each] of TABS) {
    find(`#panel-${each}`).hidden = each !== name;
    find(`#tab-${each}`).setAttribute("aria-selected", String(each === name));
    find(`#tab-${each}`).tabIndex = each === name ? 0 : -1;
    if (each === name) find(`#tab-${each}`).scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  document.body.dataset.tab = name;
  emit("tab");
  emit("marks");
}
