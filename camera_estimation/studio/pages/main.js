// The page: begins, listens to the server, and changes between samples.
import * as api from "./api.js";
import { find, make, notify, number } from "./dom.js";
import { choice } from "./form.js";
import { clearMask, mask } from "./mask.js";
import { meshGroup, readMesh } from "./mesh.js";
import { thing } from "./insert-scene.js";
import { follow, pinState } from "./pins.js";
import { firstPose, poseOf } from "./pose.js";
import { buildStage, stage } from "./stage.js";
import { emit, on, setPose, store } from "./store.js";
import { buildTabs, showTab } from "./tabs.js";
import { buildTimeline } from "./timeline.js";
import { buildTools } from "./tools.js";

window.studio = { store, stage, pinState, follow, setPose, showTab, on, poseOf, choice, mask, thing }; // for the curious, and for tests

async function begin() {
  [store.studio, store.form] = await Promise.all([api.get("/api/studio"), api.get("/api/form")]);
  takeSamples(store.studio);
  store.remarks = [...store.studio.remarks];
  buildStage();
  buildTools();
  buildTabs();
  buildTimeline();
  find("#sample-choice").addEventListener("change", (event) => choose(Number(event.target.value)));
  find("#stop").addEventListener("click", () => api.post("/api/jobs/stop").catch((error) => notify(error.message)));
  on("choose", choose);
  on("added", async (sample) => { await refresh(); choose(sample.number); });
  emit("remarks");
  await choose(store.samples[0].number);
  api.listen({ job: takeJob, progress: showProgress, pose: takePose, candidates: takeCandidates, sample: takeInTurn, remark: takeRemark, compared: takeCompared, inserted: ({ number }) => emit("inserted", number), proposal: ({ number }) => emit("proposal", number), regions: ({ number }) => emit("regions", number), frame: ({ number }) => choose(number) }, refreshJob);
  document.body.dataset.ready = "true";
}

function takeSamples({ samples, sequences }) {
  Object.assign(store, { samples, sequences });
  find("#sample-choice").replaceChildren(...samples.map((each) => make("option", { value: each.number, selected: each.number === store.current?.number }, each.origin === "example" ? `${each.name} (the packaged example)` : each.name)));
  emit("samples");
}

const refresh = async () => takeSamples(await api.get("/api/studio"));

// Events may have been missed while nothing was connected.
async function refreshJob() {
  const { job } = await api.get("/api/studio").catch(() => ({}));
  if (job) showJob(job);
}

async function choose(number) {
  try {
    const sample = await api.get(`/api/samples/${number}`);
    const before = store.samples.find((each) => each.number === store.current?.number), now = store.samples.find((each) => each.number === number);
    find("#stage-note").textContent = "Loading …";
    const { bitmap, size } = await api.picture(`/api/samples/${number}/picture`);
    if (!store.mesh || before?.mesh !== now?.mesh || before?.origin !== now?.origin || now?.origin === "upload") {
      store.mesh = await readMesh(await api.bytes(`/api/samples/${number}/mesh`));
      store.group = meshGroup(store.mesh);
    }
    const isAnother = store.current?.number !== number;
    Object.assign(store, { current: sample, picture: bitmap, size, history: [], box: sample.box, live: null });
    if (isAnother) {
      store.pins = sample.pins.map((pin) => ({ ...pin }));
      Object.assign(pinState, { chosen: -1, errors: [] });
      store.compared = [];
      clearMask();
    }
    store.pose = sample.entry ? poseOf(sample.entry) : firstPose(size.width, size.height, store.mesh);
    find("#sample-choice").value = String(number);
    find("#stage-note").textContent = store.mesh.shown_faces < store.mesh.faces ? `The mesh has ${store.mesh.faces} faces; a copy of ${store.mesh.shown_faces} is drawn.` : "";
    for (const event of ["picture", "mesh", "pose", "sample", "pins", "compared", ...(isAnother ? ["another"] : [])]) emit(event);
    showVerdict();
  } catch (error) {
    find("#stage-note").textContent = "";
    notify(error.message);
  }
}

function showVerdict() {
  const { entry } = store.current, chip = find("#verdict");
  chip.hidden = !entry;
  if (!entry) return;
  chip.className = `chip ${entry.verdict ?? ""}`;
  chip.textContent = `${entry.verdict ?? "set by hand"}${entry.confidence === null ? "" : `, ${Math.round(100 * entry.confidence)} %`}`;
}

// A job is over for the page once the results that it told of are there.
let pending = Promise.resolve();
const takeInTurn = (sample) => { pending = pending.then(() => takeSample(sample)).catch((error) => notify(error.message)); };

async function takeJob(job) {
  if (job.state !== "running") await pending;
  if (job.state === "running") {
    Object.assign(store, { curve: [], remarks: [...store.studio.remarks] });
    if (job.kind === "compare") { store.compared = []; emit("compared"); }
    emit("curve");
    emit("remarks");
  } else {
    store.live = null;
    emit("live");
    if (job.state === "failed") notify(job.sentence);
    if (job.state === "stopped" && job.kind !== "insert") notify("Stopped.", false);
    if (job.download && job.state === "done" && store.job?.state === "running") emit("download", job);
  }
  showJob(job);
}

function showJob(job) {
  store.job = job;
  const running = job.state === "running";
  find("#job").hidden = !running;
  find("#job-title").textContent = job.title;
  document.body.classList.toggle("busy", running);
  for (const each of document.querySelectorAll(".primary, .use, #propose, #track, [data-format]")) if (!each.dataset.lacking) each.toggleAttribute("data-busy", running);
  document.body.dataset.job = job.state;
  emit("job");
}

const STAGES = ["loading", "preparing the mesh", "mask", "prepare", "light", "search", "refine", "object", "explain", "decide", "files"];
function showProgress({ stage: name, loss }) {
  const place = STAGES.findIndex((each) => name.startsWith(each)), bar = find("#job-bar");
  const [, count, total] = name.match(/(\d+) of (\d+)/) || [];
  if (total) bar.value = (count - 0.5) / total;
  else if (place >= 0) bar.value = (place + 0.5) / STAGES.length;
  else bar.removeAttribute("value");
  find("#job-title").textContent = `${store.job?.title ?? ""}: ${name}${loss === null ? "" : `, ${number(loss)}`}`;
}

function takePose({ stage: name, number: iteration, loss, camera }) {
  store.curve.push({ stage: name, number: iteration, loss });
  emit("curve");
  if (store.job?.subject === store.current?.number) {
    store.live = poseOf(camera);
    emit("live");
  }
}

function takeCandidates({ cameras }) {
  if (!cameras.length || store.job?.subject !== store.current?.number) return;
  store.live = poseOf(cameras[0]);
  emit("live");
}

async function takeSample({ number }) {
  await refresh();
  if (number !== store.current?.number) return;
  store.current = await api.get(`/api/samples/${number}`);
  if (store.current.entry) setPose(poseOf(store.current.entry));
  emit("sample");
  showVerdict();
}

function takeRemark({ text }) {
  if (!store.remarks.includes(text)) store.remarks.push(text);
  emit("remarks");
}

function takeCompared({ row }) {
  store.compared.push(row);
  emit("compared");
}

begin().catch((error) => notify(error.message));
