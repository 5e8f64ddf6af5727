// One sample: its pictures, numbers, warnings and other poses.
const MASK_WORDS = { given: "given", estimated: "found with the pose", inverted: "turned round", "without shadow": "without its shadow", alpha: "the alpha channel" };
const START_WORDS = { search: "everywhere", neighbour: "near the frame before", init: "near the given pose", resume: "the given pose", random: "random poses", joint: "everywhere, with other images", scene: "near the pose found before" };
const SOURCE_WORDS = { intrinsics: "given", fov_deg: "given", exif: "from EXIF", assumed: "assumed", sequence: "of the sequence", estimated: "estimated" };

function select(index, isChosen = false) {
  if (index < 0 || index >= samples.length) return;
  view.selected = index;
  drawRows();
  revealRow();
  showDetail(index);
  followers.forEach((chart) => chart.follow(index));
  highlightCamera(index);
  if (location.hash !== `#${index + 1}`) history.replaceState(null, "", `#${index + 1}`);
  if (isChosen && matchMedia("(max-width: 900px)").matches) find("#detail").scrollIntoView({ block: "start" });
}

function step(by) {
  const place = view.order.indexOf(view.selected);
  const next = place < 0 ? 0 : place + by;
  if (view.order[next] !== undefined) select(view.order[next]);
}

function showDetail(index) {
  const sample = samples[index], verdict = verdictOf(sample);
  find("#detail").replaceChildren(
    make("div", { class: "title" },
      make("h2", {}, sample.name),
      make("div", { class: "steps" }, make("button", { type: "button", title: "the sample before (k)", "aria-label": "the sample before", onclick: () => step(-1) }, "‹"),
        make("button", { type: "button", title: "the next sample (j)", "aria-label": "the next sample", onclick: () => step(1) }, "›"))),
    make("p", {}, make("span", { class: `badge ${verdict}` }, verdict), ` ${verdictText(sample)}`),
    ...(sample.warnings || []).map((text) => make("p", { class: "warning" }, text)),
    sample.status === "ok" ? "" : failurePanel(sample),
    stageElement(sample),
    ...(sample.status === "ok" ? [alternativesPanel(sample, index), numbersPanel(sample)] : []),
    filesPanel(sample),
  );
  showSample(index);
}

async function showSample(index) {
  const sample = samples[index];
  try {
    const pixels = await pixelsOfSample(index);
    if (view.selected !== index) return;
    const isPart = sample.window && (sample.window[2] - sample.window[0] < 1 || sample.window[3] - sample.window[1] < 1);
    const size = sample.width ? `${sample.width} × ${sample.height}` : "";
    showOnStage(pixels, pixels ? (isPart ? `part of ${size}` : size) : sample.lacking || "The page has no pictures of this sample: it has room for those of others only.");
    if (sample.status === "ok") showAlternatives(sample, index, pixels);
  } catch (error) {
    if (view.selected === index) showOnStage(null, `The pictures cannot be shown (${error.message}).`);
  }
}

function verdictText(sample) {
  if (sample.status !== "ok") return "";
  const confidence = known(sample.confidence) ? `confidence ${fixed(sample.confidence)}` : "";
  return [confidence, sample.reason].filter(Boolean).join(": ");
}

const failurePanel = (sample) => make("div", { class: "failure" },
  make("p", {}, make("b", {}, "Why: "), sample.error), make("p", {}, make("b", {}, "What to do: "), sample.remedy));

function numbersPanel(sample) {
  const focal = sample.focal || {}, orbit = sample.orbit || {}, deviation = sample.uncertainty || {};
  const shift = deviation.translation || [];
  const plusMinus = (value, off, unit) => `${value}${known(off) && off > 0 ? ` ± ${deviationText(off)}` : ""}${unit}`;
  const rows = [
    ["field of view", known(focal.fov_deg) && `${plusMinus(fixed(focal.fov_deg), focal.fov_deviation_deg, "°")}, ${SOURCE_WORDS[focal.source] || focal.source}${focal.prior ? ` (expected: ${SOURCE_WORDS[focal.prior] || focal.prior})` : ""}`],
    ["focal length", `${plusMinus(fixed(sample.fx, 1), (deviation.focal_share || 0) * sample.fx, " px")}${Math.abs(sample.fx / sample.fy - 1) > 1e-6 ? `; vertical ${fixed(sample.fy, 1)} px` : ""}`],
    ["principal point", `${fixed(sample.cx, 1)}, ${fixed(sample.cy, 1)} px of ${sample.width} × ${sample.height}`],
    ["lens", sample.distortion && Object.entries(sample.distortion).map(([key, value]) => (key === "model" ? value : `${key} ${short(value)}`)).join(", ")],
    ["yaw, pitch, roll", known(orbit.yaw_deg) && `${fixed(orbit.yaw_deg)}°, ${fixed(orbit.pitch_deg)}°, ${fixed(orbit.roll_deg)}°`],
    ["rotation", known(deviation.rotation_deg) && `± ${deviationText(deviation.rotation_deg)}°`],
    ["distance", known(orbit.radius) && plusMinus(short(orbit.radius, 5), shift[2], "")],
    ["position across", shift.length && `± ${deviationText(shift[0])} to the right, ± ${deviationText(shift[1])} down`],
    ["silhouette IoU", fixed(sample.silhouette_iou, 4)],
    ["loss", `${short(sample.loss)} (${sample.loss_type})`],
    ["looked for", START_WORDS[sample.start] || sample.start],
    ["mask", MASK_WORDS[sample.mask] || sample.mask],
    ["bent by", sample.deformation > 0 && `${(100 * sample.deformation).toFixed(2)} % of the mesh's radius`],
    ["keypoints", sample.keypoints && `${sample.keypoints.count}, ${sample.keypoints.rejected} rejected${known(sample.keypoints.mean_error) ? `, mean error ${short(sample.keypoints.mean_error, 3)} px` : ""}`],
    ["depth differs by", known(sample.depth_difference) && short(sample.depth_difference, 3)],
    ["time", `${duration(secondsOf(sample))}: ${Object.entries(sample.seconds || {}).map(([name, value]) => `${name} ${duration(value)}`).join(", ")}`],
  ].filter(([, text]) => text);
  const matrix = sample.world_to_camera.map((row) => row.map((value) => short(value, 6).padStart(11)).join(" ")).join("\n");
  return make("section", {}, make("h3", {}, "Numbers"), make("p", { class: "faint small" }, "± one standard deviation; lengths in the mesh's units"),
    make("dl", { class: "numbers" }, rows.map(([term, text]) => make("div", {}, make("dt", {}, term), make("dd", {}, text)))),
    make("details", {}, make("summary", {}, "world_to_camera (OpenCV axes)"), make("pre", {}, matrix)));
}

function filesPanel(sample) {
  const place = known(sample.frame) ? `, frame ${sample.frame} at ${fixed(sample.time_s)} s` : "";
  return make("section", {}, make("h3", {}, "Files"), make("dl", { class: "numbers" },
    make("div", {}, make("dt", {}, "image"), make("dd", {}, make("code", {}, sample.image), place)),
    make("div", {}, make("dt", {}, "mesh"), make("dd", {}, make("code", {}, sample.mesh)))));
}

function alternativesPanel(sample) {
  if (!sample.alternatives.length) return "";
  return make("section", {}, make("h3", {}, "Other poses that were found"),
    make("p", { class: "faint small" }, "Choose one to see it above. Evidence: how surely the answer explains the image better, in standard deviations."),
    make("div", { id: "alternatives" }, [null, ...sample.alternatives].map((other, place) => make("button", { type: "button", class: "pose", "aria-pressed": String(!place), "data-place": place },
      make("canvas", { width: 1, height: 1, hidden: true }), make("b", {}, other ? `turned by ${fixed(other.angle_deg, 1)}°` : "the answer"),
      make("small", {}, `IoU ${fixed((other || sample).silhouette_iou, 3)}, loss ${short((other || sample).loss, 3)}${other && known(other.evidence) ? `, evidence ${fixed(other.evidence, 1)}` : ""}`)))));
}

// Draws the other poses, and puts the chosen one on the stage. Without WebGL or the mesh they are listed only.
async function showAlternatives(sample, index, pixels) {
  const cards = [...document.querySelectorAll("#alternatives .pose")];
  if (!cards.length || !pixels) return;
  const poses = [null, ...sample.alternatives];
  for (const [place, card] of cards.entries()) {
    const other = poses[place];
    const render = other ? await drawPose(sample.model, other, sample.window, pixels.width, pixels.height) : pixels.render;
    if (view.selected !== index) return;
    if (!render) continue;
    const shown = { ...pixels, render }, thumbnail = find("canvas", card), picture = layerCanvas("render", shown);
    Object.assign(thumbnail, { width: pixels.width, height: pixels.height, hidden: false });
    thumbnail.getContext("2d").drawImage(picture, 0, 0);
    card.addEventListener("click", () => {
      cards.forEach((each) => each.setAttribute("aria-pressed", String(each === card)));
      showOnStage(shown, other ? "another pose, drawn with the page's coarse mesh" : find("#stage-note").textContent);
    });
  }
}
