// Regions: how much each part of the picture counts.
import { get, post, startJob } from "./api.js";
import { button, find, make, notify, number, percent, saveText, segments } from "./dom.js";
import { choice } from "./form.js";
import { emit, on, store } from "./store.js";

const COLORS = { foreground: "64,156,255", background: "88,92,104", face: "255,183,94", body: "106,200,130", clothing: "190,110,255", hair: "214,78,64", lighting: "255,220,60", rest: "160,165,172" };
const OTHERS = ["0,190,190", "240,120,190", "150,170,40", "120,130,250", "200,140,90"];
// Two ways in which weights count, and the setting that each is.
const WAYS = { pixels: "evidence.region_weights", semantic: "loss.semantic_cosine" };
const REST = { pixels: 1, semantic: 0.1 }; // of what no region covers, by default
const regions = { rows: [], layers: new Map(), evidence: null, shows: "regions", way: "pixels" };

export function buildRegions(panel) {
  const usable = store.form.segmenters;
  const segmenter = make("select", { id: "region-segmenter", "aria-label": "Segmenter" }, usable.map((each) => make("option", { value: each.name, disabled: Boolean(each.lacking), title: each.lacking }, each.lacking ? `${each.name} (not here)` : `${each.name}: ${each.description}`)));
  const load = make("input", { type: "file", accept: ".toml", hidden: true, onchange: async () => { if (load.files[0]) takeToml(await load.files[0].text()); load.value = ""; } });
  panel.append(make("p", { class: "faint small" }, "Parts of the picture can count more or less. Regions come from camera-masks (--masks_dir), or from a segmenter here; without a network foreground, background and lighting are told apart, SAM 3 finds face, hair, clothing and what else words name."),
    make("div", { class: "row" }, segmenter, button("Find regions", findRegions, { class: "primary", id: "find-regions" })),
    make("section", { id: "region-part", hidden: true },
      make("div", { class: "row" }, segments([["regions", "Regions"], ["evidence", "What counts"], ["none", "Neither"]], regions.shows, (name) => { regions.shows = name; refreshEvidence(); }, "Shown on the picture")),
      make("div", { id: "region-rows" }),
      make("fieldset", {}, make("legend", {}, "How they count"), [["pixels", "As weights of pixels, under every objective"], ["semantic", "Each region compared for itself ([semantic_cosine])"]].map(([way, text]) => make("label", { class: "check" }, make("input", { type: "radio", name: "way", value: way, checked: way === regions.way, onchange: () => changeWay(way) }), text))),
      make("div", { class: "row" }, button("Reset to defaults", () => { regions.rows.forEach((row) => Object.assign(row, { weight: row.default, isOn: true })); showRows(); apply(); }, { id: "reset-regions" }), button("Save as TOML", () => saveText(toml(), "regions.toml"), { id: "save-regions" }), button("Load TOML", () => load.click()), load),
      make("pre", { id: "region-toml" })));
  on("regions", (number) => number === store.current?.number && fetchRegions());
  on("tab", () => store.tab === "regions" && !regions.rows.length && fetchRegions());
  on("another", () => { Object.assign(regions, { rows: [], layers: new Map(), evidence: null }); find("#region-part").hidden = true; for (const way of Object.values(WAYS)) delete choice.changes[way]; if (store.tab === "regions") fetchRegions(); });
  on("draw-marks", paint);
}

async function findRegions() {
  try {
    await startJob("regions", { sample: store.current.number, segmenter: find("#region-segmenter").value });
  } catch (error) {
    notify(error.message);
  }
}

async function fetchRegions() {
  const { number } = store.current;
  try {
    const told = await get(`/api/samples/${number}/regions`);
    if (!told.regions.length) return;
    const colors = [...OTHERS];
    regions.rows = [...told.regions.map((each) => ({ ...each, weight: each.default, isOn: true, color: COLORS[each.name] || colors.shift() || "120,120,120" })), { name: "rest", title: "Everything else", default: REST[regions.way], weight: REST[regions.way], isOn: true, color: COLORS.rest, share: null, instances: 0 }];
    regions.layers = new Map(await Promise.all(told.regions.map(async (each) => [each.name, await tinted(`/api/samples/${number}/regions/${each.name}`, regions.rows.find((row) => row.name === each.name).color)])));
    find("#region-part").hidden = false;
    showRows();
    refreshEvidence();
  } catch (error) {
    notify(error.message);
  }
}

// A gray picture as a layer of one color with alpha.
async function tinted(path, color, options) {
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error((await answer.json()).error);
  const bitmap = await createImageBitmap(await answer.blob()), canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height), data = pixels.data, [r, g, b] = color ? color.split(",").map(Number) : [0, 0, 0];
  for (let place = 0; place < data.length; place += 4) {
    data[place + 3] = color ? data[place] : 255 - data[place];
    [data[place], data[place + 1], data[place + 2]] = [r, g, b];
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

function showRows() {
  find("#region-rows").replaceChildren(...regions.rows.map((row) => {
    const text = make("output", {}, number(row.weight, 2));
    const slider = make("input", { type: "range", min: 0, max: 2, step: 0.05, value: row.weight, "data-region": row.name, "aria-label": `Weight of ${row.name}`, oninput: () => { row.weight = Number(slider.value); text.textContent = number(row.weight, 2); apply(); } });
    const box = make("input", { type: "checkbox", checked: row.isOn, "aria-label": `${row.name} counts`, onchange: () => { row.isOn = box.checked; apply(); } });
    return make("div", { class: "region" }, box, make("i", { style: `background:rgb(${row.color})` }),
      make("span", {}, row.title || row.name, make("span", { class: "faint small" }, row.share === null ? "" : ` ${percent(row.share)}${row.instances > 1 ? `, ${row.instances} of them` : ""}`)), slider, text);
  }));
  find("#region-toml").textContent = toml();
}

function changeWay(way) {
  const rest = regions.rows[regions.rows.length - 1];
  if (rest.weight === rest.default) rest.weight = REST[way];
  rest.default = REST[way];
  regions.way = way;
  showRows();
  apply();
}

const weightOf = (row) => (row.isOn ? row.weight : 0);
const weights = () => Object.fromEntries(regions.rows.map((row) => [row.name, weightOf(row)]));

// As --region_weights reads it, or as the table of a preset.
function toml() {
  if (regions.way === "pixels") return regions.rows.map((row) => `${row.name} = ${weightOf(row).toFixed(2)}\n`).join("");
  return ["[semantic_cosine]", "enabled = true", ...regions.rows.map((row) => `${row.name === "rest" ? "global_fallback" : `${row.name}_weight`} = ${weightOf(row).toFixed(2)}`)].join("\n") + "\n";
}

function apply() {
  const pixels = `{${regions.rows.map((row) => `${row.name} = ${weightOf(row).toFixed(2)}`).join(", ")}}`;
  const semantic = `{enabled = true, ${regions.rows.map((row) => `${row.name === "rest" ? "global_fallback" : `${row.name}_weight`} = ${weightOf(row).toFixed(2)}`).join(", ")}}`;
  for (const [way, path] of Object.entries(WAYS)) {
    if (way === regions.way) choice.changes[path] = way === "pixels" ? pixels : semantic;
    else delete choice.changes[path];
  }
  find("#region-toml").textContent = toml();
  refreshEvidence();
  emit("settings");
}

function takeToml(text) {
  let count = 0;
  for (const [, key, value] of text.matchAll(/^\s*([a-z_0-9]+)\s*=\s*([0-9.]+)/gm)) {
    const name = key === "global_fallback" ? "rest" : key.replace(/_weight$/, ""), row = regions.rows.find((each) => each.name === name);
    if (row) { Object.assign(row, { weight: Number(value), isOn: true }); count += 1; }
  }
  if (!count) { notify("That file has no weight of a region of this picture; write such as hair = 0.0"); return; }
  regions.way = /^\s*\[semantic_cosine\]/m.test(text) ? "semantic" : "pixels";
  find(`[name=way][value=${regions.way}]`).checked = true;
  showRows();
  apply();
}

let turn = 0;
async function refreshEvidence() {
  emit("marks");
  if (regions.shows !== "evidence" || !regions.rows.length) return;
  const mine = ++turn;
  try {
    const layer = await tinted(`/api/samples/${store.current.number}/evidence`, "", { method: "POST", body: JSON.stringify({ weights: weights() }), headers: { "X-Camera-Studio": "1" } });
    if (mine === turn) regions.evidence = layer;
    emit("marks");
  } catch (error) {
    notify(error.message);
  }
}

function paint(context, scale) {
  if (store.tab !== "regions") return;
  const { width, height } = store.size;
  context.save();
  if (regions.shows === "evidence" && regions.evidence) {
    context.globalAlpha = 0.85;
    context.drawImage(regions.evidence, 0, 0, width * scale, height * scale);
  } else if (regions.shows === "regions") {
    context.globalAlpha = 0.5;
    for (const row of regions.rows) {
      const layer = regions.layers.get(row.name);
      if (layer && row.isOn) context.drawImage(layer, 0, 0, width * scale, height * scale);
    }
  }
  context.restore();
}

