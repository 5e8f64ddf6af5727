// Compare objectives: all decide among the same poses.
import { sparkline } from "./chart.js";
import { button, find, make, number, percent } from "./dom.js";
import { poseOf } from "./pose.js";
import { drawSmall } from "./stage.js";
import { begin } from "./tab-estimate.js";
import { on, setPose, store } from "./store.js";

const USUAL = ["silhouette_color", "l1l2", "ssim", "ncc"];

export function buildCompare(panel) {
  const box = (each) => make("label", { class: "check", title: each.formula },
    make("input", { type: "checkbox", value: each.name, checked: USUAL.includes(each.name) && !each.lacking, disabled: Boolean(each.lacking) }),
    make("span", {}, make("b", {}, each.name), make("span", { class: "faint small" }, ` ${each.lacking || each.description}`)));
  const usable = store.form.objectives.filter((each) => !each.lacking), lacking = store.form.objectives.filter((each) => each.lacking);
  const list = make("fieldset", { class: "objectives" }, make("legend", {}, "Objectives"), usable.map(box),
    lacking.length > 0 && make("details", {}, make("summary", {}, `${lacking.length} more cannot run here yet`), lacking.map(box)));
  const compare = () => begin("compare", { names: [...list.querySelectorAll("input:checked")].map((box) => box.value) });
  panel.append(make("p", { class: "faint small" }, "The search is done once; then each objective decides and refines."), list,
    make("div", { class: "row" }, button("Compare", compare, { class: "primary", id: "compare" })), make("div", { class: "scroll", id: "comparison" }));
  on("compared", showRows);
}

function showRows() {
  const rows = store.compared;
  if (!rows.length) { find("#comparison").replaceChildren(); return; }
  const hasTruth = rows.some((row) => row.rotation_error_deg !== undefined);
  const best = Math.min(...rows.map((row) => row.rotation_error_deg ?? Infinity));
  const heads = ["", "Objective", ...(hasTruth ? ["Rotation off", "Shift off"] : []), "Overlap", "Sure", "Loss"];
  const table = make("table", {}, make("thead", {}, make("tr", {}, heads.map((head) => make("th", { scope: "col" }, head)))), make("tbody", {}, rows.map((row) => rowElement(row, hasTruth, best))));
  find("#comparison").replaceChildren(table);
  for (const canvas of table.querySelectorAll("canvas")) requestAnimationFrame(() => drawSmall(canvas, poseOf(rows[canvas.dataset.row].camera)));
}

function rowElement(row, hasTruth, best) {
  if (row.error) return make("tr", { class: "failed" }, make("td"), make("td", {}, make("b", {}, row.name)), make("td", { colSpan: hasTruth ? 5 : 3 }, row.error));
  const show = () => setPose(poseOf(row.camera));
  return make("tr", {}, make("td", {}, make("button", { type: "button", class: "look", onclick: show, "aria-label": `Show the pose of ${row.name}` }, make("canvas", { "data-row": store.compared.indexOf(row) })), button("Use", () => begin("adopt", { name: row.name }), { "aria-label": `Use the pose of ${row.name}` })),
    make("td", {}, make("b", {}, row.name), row.curve.length > 1 && sparkline(row.curve), make("span", { class: "faint small" }, `${number(row.seconds, 2)} s`)),
    hasTruth && [make("td", { class: row.rotation_error_deg === best ? "best" : "" }, `${number(row.rotation_error_deg, 2)}°`), make("td", {}, `${number(100 * row.translation_error, 2)} %`)],
    make("td", {}, number(row.silhouette_iou)), make("td", {}, percent(row.confidence)), make("td", {}, number(row.loss)));
}
