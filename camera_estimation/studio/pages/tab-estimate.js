// Estimate: files, settings, convergence, the result and the other poses.
import { post, putBlob, startJob } from "./api.js";
import { lossChart } from "./chart.js";
import { button, find, make, notify, number, percent } from "./dom.js";
import { chosenSettings, settingsForm } from "./form.js";
import { fovDegrees, poseOf } from "./pose.js";
import { drawSmall } from "./stage.js";
import { emit, isBusy, on, setPose, store } from "./store.js";

const dropped = { mesh: null, picture: null };

export function buildEstimate(panel) {
  const picker = make("input", { type: "file", multiple: true, hidden: true, id: "file-picker", onchange: () => { takeFiles([...picker.files]); picker.value = ""; } });
  const zone = make("div", { class: "drop", id: "drop" }, make("p", {}, make("b", {}, "Drop a mesh and a picture here"), " or ", button("choose files", () => picker.click(), { class: "link" })),
    make("p", { class: "faint small", id: "drop-note" }, "A .glb with its textures in it (or .ply, .stl, .off, .obj), and a photograph. They stay on the machine that runs camera-studio."), picker);
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && store.tab !== "insert" && event.dataTransfer.files.length) takeFiles([...event.dataTransfer.files]);
    });
  }
  panel.append(zone, settingsForm(),
    make("div", { class: "row" }, button("Estimate", () => begin("estimate"), { class: "primary", id: "estimate" })),
    make("section", { id: "progress", hidden: true }, make("h2", {}, "Convergence"), make("p", { id: "stages", class: "stages" }), make("div", { id: "curve" })),
    make("section", { id: "result" }), make("section", { id: "others" }),
    make("details", { id: "remarks", hidden: true }, make("summary", {}, "Remarks"), make("ul", {})));
  on("curve", showCurve);
  on("sample", showResult);
  on("remarks", showRemarks);
}

export async function begin(kind, values = {}) {
  if (!store.current) return;
  try {
    await startJob(kind, { sample: store.current.number, settings: chosenSettings(), ...values });
  } catch (error) {
    notify(error.message);
  }
}

async function takeFiles(files) {
  for (const file of files) {
    find("#drop-note").textContent = `${file.name} …`;
    try {
      const taken = await putBlob(`/api/uploads?name=${encodeURIComponent(file.name)}`, file);
      dropped[taken.kind] = { number: taken.upload, name: taken.name };
    } catch (error) {
      notify(error.message);
    }
  }
  const { mesh, picture } = dropped;
  if (mesh && picture) {
    try {
      const added = await post("/api/samples", { mesh: mesh.number, picture: picture.number });
      find("#drop-note").textContent = `${mesh.name} and ${picture.name}: estimate them, or drop another picture of the same mesh.`;
      dropped.picture = null;
      emit("added", added);
    } catch (error) {
      notify(error.message);
    }
  } else {
    find("#drop-note").textContent = mesh ? `${mesh.name} is here; now drop a picture of it.` : picture ? `${picture.name} is here; now drop the mesh that it shows.` : "Nothing was taken.";
  }
}

let isAsked = false;
function showCurve() {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    find("#progress").hidden = !store.curve.length && !isBusy();
    find("#curve").replaceChildren(...(store.curve.length ? [lossChart(store.curve)] : []));
    const last = store.curve[store.curve.length - 1];
    find("#stages").textContent = last ? `${last.stage}, iteration ${last.number}: ${number(last.loss)}` : "";
  });
}

function showResult() {
  const { entry, errors } = store.current || {}, place = find("#result"), others = find("#others");
  place.replaceChildren();
  others.replaceChildren();
  if (!entry) return;
  const pose = poseOf(entry), rows = [
    ["Confidence", `${percent(entry.confidence)} (${entry.verdict ?? "not judged"})`], ["Why", entry.reason], ["Silhouette overlap", number(entry.silhouette_iou)],
    [`Loss (${entry.loss_type})`, number(entry.loss)], ["Field of view", `${number(fovDegrees(pose))}° vertical${entry.focal ? `, ${entry.focal.source}` : ""}`],
    ["Focal length", `${number(entry.fx, 5)} × ${number(entry.fy, 5)} px`],
    ["Rotation known to", entry.uncertainty ? `± ${number(entry.uncertainty.rotation_deg, 2)}°` : null],
    ["Off the true camera", errors ? `${number(errors.rotation_deg)}°` : null],
    ["Took", entry.seconds ? `${number(Object.values(entry.seconds).reduce((sum, value) => sum + value, 0))} s` : null],
  ].filter(([, value]) => value !== null && value !== undefined && value !== "");
  place.append(make("h2", {}, "Result"), make("dl", { class: "numbers" }, rows.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)))),
    entry.distortion ? make("p", { class: "faint small" }, "Its lens distorts: the mesh is drawn here without that; exports and pictures of the run have it.") : "",
    entry.deformation > 0 ? make("p", { class: "faint small" }, "The mesh was bent to fit. It is drawn here as it is; the format deformed has the bend.") : "");
  if (!entry.alternatives?.length) return;
  const cards = entry.alternatives.map((other, index) => poseCard(`${number(other.angle_deg, 2)}° away`, `overlap ${number(other.silhouette_iou, 2)}, ${number(other.evidence, 2)} σ behind`, poseOf(other), () => begin("choose", { index })));
  others.append(make("h2", {}, "Other poses that were found"), make("div", { class: "cards" }, poseCard("The answer", `overlap ${number(entry.silhouette_iou, 2)}`, pose, null), cards));
}

// A pose to look at on the stage, and to take.
export function poseCard(title, text, pose, take) {
  const canvas = make("canvas", {}), card = make("article", { class: "card" },
    make("button", { type: "button", class: "look", onclick: () => setPose(pose), "aria-label": `Show ${title}` }, canvas), make("b", {}, title), make("span", { class: "faint small" }, text),
    take && button("Use this", take, { class: "use" }));
  requestAnimationFrame(() => drawSmall(canvas, pose));
  return card;
}

function showRemarks() {
  const place = find("#remarks");
  place.hidden = !store.remarks.length;
  find("ul", place).replaceChildren(...store.remarks.map((text) => make("li", {}, text)));
  find("summary", place).textContent = `Remarks (${store.remarks.length})`;
}

