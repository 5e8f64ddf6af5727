// The head of the page, counts, times, the histogram, and what there is of sequences.
const followers = []; // charts that show which sample is selected

function showHead() {
  const facts = [`camera-estimation ${report.version}`, report.device, report.started && new Date(report.started).toLocaleString()];
  fill(find("#head"), {}, [
    make("div", { class: "title" }, make("h1", {}, report.title), make("button", { type: "button", class: "help", title: "Keys (?)", "aria-label": "Keys", onclick: () => find("#help").showModal() }, "?")),
    make("p", { class: "faint" }, facts.filter(Boolean).join(" · ")),
    report.command && make("details", { class: "command" }, make("summary", {}, "command"), make("code", {}, report.command)),
    report.interrupted && make("p", { class: "warning" }, "The run was interrupted: what it had finished is shown."),
  ]);
}

function showSummary() {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, samples.filter((sample) => verdictOf(sample) === verdict).length]));
  const chips = VERDICTS.filter((verdict) => counts[verdict]).map((verdict) =>
    make("button", { type: "button", class: `chip ${verdict}`, "aria-pressed": "false", "data-verdict": verdict, title: `Show only these`,
      onclick: () => toggleVerdict(verdict) }, make("b", {}, String(counts[verdict])), ` ${verdict}`));
  const finished = samples.filter((sample) => sample.status === "ok");
  const times = finished.map(secondsOf);
  const facts = [
    ["samples", String(samples.length)],
    ["median time", duration(median(times))],
    ["all together", duration(times.reduce((sum, value) => sum + (value || 0), 0))],
    ["median confidence", fixed(median(finished.map((sample) => sample.confidence)))],
    ["median silhouette IoU", fixed(median(finished.map((sample) => sample.silhouette_iou)), 3)],
  ];
  const summary = find("#summary");
  fill(summary, {}, [
    make("div", { class: "counts" },
      make("div", { class: "chips" }, chips),
      make("dl", { class: "facts" }, facts.map(([term, text]) => make("div", {}, make("dt", {}, term), make("dd", {}, text))))),
    finished.some((sample) => known(sample.confidence)) && make("figure", { class: "chart" }, histogram(filterConfidence)),
  ]);
  report.sequences.forEach((sequence) => summary.append(sequencePanel(sequence)));
}

function sequencePanel(sequence) {
  const indices = sequence.samples;
  const step = (sample, index) => {
    const place = indices.indexOf(index);
    return place > 0 ? angleBetween(samples[indices[place - 1]].world_to_camera, sample.world_to_camera) : null;
  };
  const charts = [
    trajectoryChart(indices, select),
    frameChart("confidence", indices, (sample) => sample.confidence, null, [0, 1], select),
    frameChart("turn from the frame before, degrees", indices, step, null, null, select),
    frameChart("distance ± standard deviation", indices, (sample) => sample.orbit.radius, (sample) => sample.uncertainty && sample.uncertainty.translation[2], null, select),
    frameChart("silhouette IoU", indices, (sample) => sample.silhouette_iou, null, null, select),
  ].filter(Boolean);
  followers.push(...charts);
  return make("details", { class: "sequence", open: report.sequences.length < 3 },
    make("summary", {}, `Sequence of ${indices.length} frames: ${sequence.title}`), make("div", { class: "charts" }, charts));
}
