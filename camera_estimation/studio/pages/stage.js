// The stage: the picture, the mesh drawn over it by the exact camera, and marks on top.
import { find, segments } from "./dom.js";
import { bytes } from "./api.js";
import { cameraOf, meshGroup, readMesh, rendererFor } from "./mesh.js";
import { hideOrbit, showOrbit } from "./orbit.js";
import { firstPose, poseOf } from "./pose.js";
import { emit, on, store } from "./store.js";

const VIEWS = [["overlay", "Overlay", "The render over the picture"], ["wipe", "Wipe", "Picture on the left, render on the right"],
  ["difference", "Difference", "Where both are alike it is black"], ["picture", "Picture", "The picture alone"], ["render", "Render", "The render alone"], ["orbit", "3D", "The mesh with the camera, from all sides"]];
// Where the mesh takes longer than SLOW milliseconds to draw, as without a GPU, a copy of fewer faces is drawn while the
// pose moves, and the mesh itself once it has been still for a while.
export const SLOW = 20, LIGHT_FACES = 2500;
const STILL = 200;
const COARSE = 0.75; // of the stage's pixels a side, while that copy moves
const SUPERSAMPLES = 2; // a side, of what is still: cheaper than the browser's own smoothing where the processor draws
// On the tab Insert `guest` is drawn in the place of the mesh: an object with what hides it; `isComposed` tells that the
// server's picture shows it as it stands.
export const stage = { guest: null, isComposed: false, view: "overlay", strength: 0.55, renderer: null, scene: null, light: null, isSlow: false, isMoving: false, isHeld: false, scale: 1, frames: 0 };
let asked = false, moved = 0, timer = 0;

export function buildStage() {
  const group = segments(VIEWS, stage.view, showView, "View");
  group.id = "views";
  find("#views").replaceWith(group);
  find("#strength").addEventListener("input", (event) => { stage.strength = event.target.value / 100; applyView(); });
  new ResizeObserver(fit).observe(find("#stage"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  on("pose", drawMoved);
  on("live", drawMoved);
  on("marks", draw);
  on("mesh", takeMesh);
  on("picture", () => { paintPicture(); fit(); });
  on("tab", applyView);
  applyView();
}

export function showView(view) {
  stage.view = view;
  find("#views").press(view);
  find("#frame").hidden = view === "orbit";
  if (view === "orbit") showOrbit();
  else hideOrbit();
  fit();
  applyView();
}

// Layers are put together by the browser: none of this draws anything.
export function applyView() {
  const overlay = find("#overlay"), composite = find("#composite"), picture = find("#picture");
  const { view, strength } = stage, isInserting = store.tab === "insert", front = isInserting && stage.isComposed ? composite : overlay;
  find("#strength-label").hidden = !(view === "wipe" || (view === "overlay" && !isInserting));
  find("#strength").title = view === "wipe" ? "Where the picture ends" : "How much of the render is shown";
  (front === overlay ? composite : overlay).hidden = true;
  front.hidden = view === "picture";
  picture.style.visibility = view === "render" && !isInserting ? "hidden" : "visible";
  front.style.opacity = view === "overlay" && !isInserting ? strength : 1;
  front.style.mixBlendMode = view === "difference" ? "difference" : "normal";
  front.style.clipPath = view === "wipe" ? `inset(0 0 0 ${100 * strength}%)` : "none";
  overlay.classList.toggle("ground", !isInserting && (view === "wipe" || view === "render"));
  draw();
}

// What the server made of the picture; it is shown until something changes.
export function showComposite(bitmap) {
  const canvas = find("#composite");
  Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  stage.isComposed = true;
  applyView();
}

export function wipeTo(share) {
  stage.strength = Math.max(0, Math.min(1, share));
  find("#strength").value = String(Math.round(100 * stage.strength));
  applyView();
}

function paintPicture() {
  const canvas = find("#picture"), bitmap = store.picture;
  if (!bitmap) return;
  Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}

function takeMesh() {
  if (stage.scene?.children[0] === store.group) return;
  try {
    stage.renderer ||= rendererFor(find("#overlay"), { antialias: false });
  } catch {
    find("#stage-note").textContent = "This browser draws nothing in 3D: WebGL is switched off or missing.";
    return;
  }
  Object.assign(stage, { scene: new THREE.Scene().add(store.group), light: null, isSlow: false });
  fit();
  findLight(store.mesh);
  draw();
}

// A copy of fewer faces, where one is needed to follow a pointer.
async function findLight(mesh) {
  if (mesh.shown_faces <= LIGHT_FACES) return;
  const pose = store.pose || firstPose(store.size.width, store.size.height, mesh);
  timeOfDrawing(stage.scene, pose, mesh); // the first time textures and arrays go to where it is drawn
  stage.isSlow = timeOfDrawing(stage.scene, pose, mesh) > SLOW;
  if (!stage.isSlow) return;
  const light = meshGroup(await readMesh(await bytes(`/api/samples/${store.current.number}/mesh?faces=${LIGHT_FACES}`)));
  if (store.mesh === mesh) stage.light = new THREE.Scene().add(light);
}

export function timeOfDrawing(scene, pose, ball) {
  const begin = performance.now(), gl = stage.renderer.getContext();
  stage.renderer.setPixelRatio(1);
  stage.renderer.render(scene, cameraOf(pose, store.mesh, ball));
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4)); // waits until all is drawn
  return performance.now() - begin;
}

export function drawMoved() {
  const now = performance.now();
  stage.isMoving = stage.isHeld || now - moved < STILL;
  moved = now;
  settle();
  draw();
}

// While it is held the next movement may come at any time, and must not wait for all of the mesh.
function settle() {
  clearTimeout(timer);
  timer = setTimeout(() => (stage.isHeld ? settle() : (stage.isMoving = false, draw())), STILL);
}

function drawMesh(pose) {
  const guest = store.tab === "insert" ? stage.guest : null;
  const isLight = stage.isMoving && (guest || stage).isSlow, ratio = isLight ? COARSE : Math.max(SUPERSAMPLES, devicePixelRatio || 1);
  if (stage.renderer.getPixelRatio() !== ratio) stage.renderer.setPixelRatio(ratio);
  if (guest) stage.renderer.render(guest.scene(isLight), cameraOf(pose, store.mesh, guest.ball));
  else stage.renderer.render((isLight && stage.light) || stage.scene, cameraOf(pose, store.mesh));
}

// The frame as large as the stage lets it be.
export function fit() {
  const size = frameSize(), box = find("#stage").getBoundingClientRect(), frame = find("#frame");
  if (!size || !box.width) return;
  const share = Math.min(box.width / size.width, box.height / size.height);
  const width = Math.floor(size.width * share), height = Math.floor(size.height * share), dots = Math.min(devicePixelRatio || 1, 2);
  stage.scale = width / size.width;
  Object.assign(frame.style, { width: `${width}px`, height: `${height}px` });
  Object.assign(find("#marks"), { width: Math.round(width * dots), height: Math.round(height * dots) });
  stage.renderer?.setSize(width, height, false);
  draw();
}

export const frameSize = () => store.size;

// Once before the browser's next picture, however often it is asked for.
export function draw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; drawNow(); });
}

// Before there is a result the mesh is shown only where it is placed by hand. An object stands before the found camera.
const shownPose = () => store.tab === "insert" ? stage.guest && store.current?.entry && poseOf(store.current.entry) : store.live || (store.current?.entry || store.tab === "correct" || store.history.length ? store.pose : null);

export function drawNow() {
  const pose = shownPose(), marks = find("#marks");
  if (stage.renderer && stage.scene) {
    if (pose && stage.view !== "picture" && stage.view !== "orbit") drawMesh(pose);
    else if (!pose) stage.renderer.clear();
  }
  const context = marks.getContext("2d"), dots = marks.width / Math.max(1, marks.clientWidth);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, marks.width, marks.height);
  context.setTransform(dots, 0, 0, dots, 0, 0);
  if (stage.view === "wipe") drawEdge(context, marks);
  emit("draw-marks", context, stage.scale, pose);
  stage.frames += 1;
}

function drawEdge(context, marks) {
  const x = stage.strength * marks.clientWidth;
  context.fillStyle = "rgba(255,255,255,.95)";
  context.fillRect(x - 1, 0, 2, marks.clientHeight);
  context.fillStyle = "rgba(0,0,0,.35)";
  context.fillRect(x - 2, 0, 1, marks.clientHeight);
  context.fillRect(x + 1, 0, 1, marks.clientHeight);
}

// A small picture of a pose: drawn by the stage's renderer and copied, for contexts of WebGL are few.
export function drawSmall(canvas, pose) {
  const { renderer, scene } = stage;
  if (!renderer || !scene || !store.picture) return;
  const width = 2 * Math.round(canvas.clientWidth || 160), height = Math.max(1, Math.round((width * pose.height) / pose.width));
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d"), before = renderer.getPixelRatio(), size = renderer.getSize(new THREE.Vector2());
  renderer.setPixelRatio(1);
  renderer.setSize(width, height, false);
  renderer.render(scene, cameraOf(pose, store.mesh));
  context.drawImage(store.picture, 0, 0, width, height);
  context.globalAlpha = 0.7;
  context.drawImage(renderer.domElement, 0, 0, width, height);
  renderer.setPixelRatio(before);
  renderer.setSize(size.x, size.y, false);
  draw();
}
