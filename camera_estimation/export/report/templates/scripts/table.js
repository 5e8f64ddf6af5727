// The table of samples: sorted, filtered, and only as many rows as are seen, so that thousands stay quick.
const ROW = 46; // pixels, as in the style
const SPARE = 8; // rows beyond those that are seen
const rotationDeviation = (sample) => (sample.uncertainty ? sample.uncertainty.rotation_deg : null);
const COLUMNS = [
  { key: "name", title: "sample", text: true, value: (sample) => sample.name },
  { key: "verdict", title: "verdict", text: true, value: (sample) => VERDICTS.indexOf(verdictOf(sample)), show: verdictOf, badge: true },
  { key: "confidence", title: "conf.", hint: "confidence", value: (sample) => sample.confidence, show: (sample) => fixed(sample.confidence) },
  { key: "iou", title: "IoU", value: (sample) => sample.silhouette_iou, show: (sample) => fixed(sample.silhouette_iou, 3), hint: "overlap of the silhouettes" },
  { key: "turn", title: "± rot.", value: rotationDeviation, show: (sample) => (known(rotationDeviation(sample)) ? `${deviationText(rotationDeviation(sample))}°` : "–"), hint: "standard deviation of the rotation" },
  { key: "fov", title: "fov", value: (sample) => sample.focal && sample.focal.fov_deg, show: (sample) => (sample.focal ? `${fixed(sample.focal.fov_deg, 1)}°` : "–"), hint: "vertical field of view" },
  { key: "others", title: "others", value: (sample) => sample.alternatives && sample.alternatives.length, show: (sample) => (sample.alternatives ? String(sample.alternatives.length) : "–"), hint: "other poses that were found" },
  { key: "seconds", title: "time", value: secondsOf, show: (sample) => duration(secondsOf(sample)) },
];
const view = { order: [], selected: -1, text: "", verdicts: new Set(), confidence: null, sort: null, up: true };

function showTable() {
  const field = make("input", { type: "search", id: "filter", placeholder: "Filter: name, mesh, reason ( / )", autocomplete: "off", "aria-label": "Filter",
    oninput: () => { view.text = field.value; arrange(); } });
  const headings = COLUMNS.map((column) => make("th", { scope: "col", class: `${column.key}${column.text ? " text" : ""}`, title: column.hint },
    make("button", { type: "button", onclick: () => sortBy(column) }, column.title)));
  find("#list").append(
    make("div", { class: "bar" }, field, make("span", { id: "shown", class: "faint" }),
      make("button", { type: "button", id: "clear", hidden: true, onclick: clearFilters }, "show all")),
    make("div", { id: "rows", tabindex: "0", role: "region", "aria-label": "Table of samples" },
      make("table", {}, make("thead", {}, make("tr", {}, headings)), make("tbody"))),
  );
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; drawRows(); });
  };
  find("#rows").addEventListener("scroll", later, { passive: true });
  addEventListener("resize", later);
  addEventListener("beforeprint", () => drawRows(true));
  addEventListener("afterprint", () => drawRows());
  matchMedia("print").addEventListener("change", (event) => drawRows(event.matches));
  arrange();
}

function isShown(sample) {
  if (view.verdicts.size && !view.verdicts.has(verdictOf(sample))) return false;
  if (view.confidence) {
    const [low, high] = view.confidence;
    if (!known(sample.confidence) || sample.confidence < low || (sample.confidence >= high && high < 1)) return false;
  }
  const words = view.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return true;
  const text = [sample.name, sample.mesh, sample.image, verdictOf(sample), sample.reason, sample.error, ...(sample.warnings || [])].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

// Decides which samples are listed, and in which order.
function arrange() {
  view.order = samples.map((_, index) => index).filter((index) => isShown(samples[index]));
  if (view.sort) {
    const value = view.sort.value;
    view.order.sort((first, second) => {
      const a = value(samples[first]), b = value(samples[second]);
      if (!known(a) || !known(b)) return known(b) - known(a) || first - second;
      const order = typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a - b;
      return (view.up ? order : -order) || first - second;
    });
  }
  COLUMNS.forEach((column) => {
    const heading = find(`th.${column.key}`);
    if (view.sort === column) heading.setAttribute("aria-sort", view.up ? "ascending" : "descending");
    else heading.removeAttribute("aria-sort");
  });
  find("#shown").textContent = view.order.length === samples.length ? many(samples.length, "sample") : `${view.order.length} of ${samples.length}`;
  find("#clear").hidden = !(view.text || view.verdicts.size || view.confidence);
  document.querySelectorAll(".chip").forEach((chip) => chip.setAttribute("aria-pressed", view.verdicts.has(chip.dataset.verdict)));
  drawRows();
}

function sortBy(column) {
  if (view.sort !== column) [view.sort, view.up] = [column, true];
  else if (view.up) view.up = false;
  else view.sort = null;
  arrange();
}

function toggleVerdict(verdict) {
  if (!view.verdicts.delete(verdict)) view.verdicts.add(verdict);
  arrange();
}

function filterConfidence(low, high) {
  view.confidence = view.confidence && view.confidence[0] === low ? null : [low, high];
  arrange();
}

function clearFilters() {
  Object.assign(view, { text: "", confidence: null });
  view.verdicts.clear();
  find("#filter").value = "";
  arrange();
}

function drawRows(all = false) {
  const box = find("#rows"), body = find("tbody", box);
  const seen = Math.ceil(innerHeight / ROW); // the box is never higher
  const first = all ? 0 : Math.max(0, Math.min(Math.floor(box.scrollTop / ROW) - SPARE, view.order.length - seen - SPARE));
  const last = all ? view.order.length : Math.min(view.order.length, first + seen + 2 * SPARE);
  const rows = view.order.slice(first, last).map(rowOf);
  body.replaceChildren(gap(first), ...rows, gap(view.order.length - last));
  if (!view.order.length) body.append(make("tr", {}, make("td", { colspan: 4, class: "nothing" }, samples.length ? "No sample is like that." : "The run has no samples.")));
}

const gap = (count) => make("tr", { class: "gap", "aria-hidden": "true" }, make("td", { style: `height:${count * ROW}px` }));

function rowOf(index) {
  const sample = samples[index];
  return make("tr", { class: `row${index === view.selected ? " selected" : ""}`, "data-index": index, "aria-selected": index === view.selected, onclick: () => select(index, true) },
    COLUMNS.map((column) => {
      if (column.key === "name") return make("td", { class: "name text" }, make("span", { title: sample.name }, sample.name), make("small", {}, sample.error || baseName(sample.mesh)));
      const text = column.show(sample);
      return make("td", { class: `${column.key}${column.text ? " text" : ""}` }, column.badge ? make("span", { class: `badge ${text}` }, text) : text);
    }));
}

// Brings the selected row into the box, not the box into the page.
function revealRow() {
  const place = view.order.indexOf(view.selected), box = find("#rows");
  if (place < 0) return;
  const head = find("thead", box).offsetHeight, top = place * ROW;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + ROW + head > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW + head - box.clientHeight;
}
