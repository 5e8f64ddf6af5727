// The mesh with all cameras of it: the view, and looking through one of them.
const FAR_OFF = 3; // times the usual distance, from which cameras are left out of the overview
const ASIDE = 0.7, ABOVE = 0.5; // radians from the middle of the cameras, and the share of the height, from which it looks
const scene = { model: -1, isStarted: false, isThrough: false };

function showScene() {
  if (!samples.some((sample) => sample.status === "ok")) return;
  const choice = make("select", { id: "mesh-choice", "aria-label": "Mesh", hidden: report.meshes.length < 2, onchange: () => showModel(Number(choice.value)) },
    report.meshes.map((path, index) => make("option", { value: index }, baseName(path))));
  find("#cameras").append(
    make("div", { class: "title" }, make("h2", {}, "Cameras in 3D"), make("div", { class: "bar" }, choice,
      make("button", { type: "button", id: "through", onclick: () => lookThrough(!scene.isThrough), "aria-pressed": "false" }, "look through the selected camera"),
      make("button", { type: "button", onclick: showOverview }, "overview"))),
    make("div", { id: "space" }, make("canvas", { id: "view", tabindex: "0", role: "img", "aria-label": "The mesh with its cameras" }), make("p", { id: "space-note", class: "note" }, "")),
  );
  scene.begun = new Promise((begun) => {
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      startScene().then(begun);
    }, { rootMargin: "200px" }).observe(find("#space"));
  });
}

// By a key the view may be out of sight, where it has not even begun.
async function toggleThrough() {
  const space = find("#space");
  if (!space) return;
  space.scrollIntoView({ block: "nearest" });
  await scene.begun;
  lookThrough(!scene.isThrough);
}

async function startScene() {
  const THREE = await loadThree(), canvas = find("#view");
  try {
    scene.renderer = new THREE.WebGLRenderer({ canvas, antialias: true, alpha: true, preserveDrawingBuffer: true });
  } catch {
    find("#space").classList.add("empty");
    find("#space-note").textContent = "This browser draws nothing in 3D: WebGL is switched off or missing.";
    return;
  }
  scene.camera = new THREE.PerspectiveCamera(45, 1, 0.01, 1000);
  scene.controls = new THREE.OrbitControls(scene.camera, canvas);
  scene.controls.addEventListener("change", drawScene);
  scene.controls.addEventListener("start", () => scene.isThrough && lookThrough(false));
  scene.isStarted = true;
  new ResizeObserver(drawScene).observe(find("#space"));
  let down = null;
  canvas.addEventListener("pointerdown", (event) => { down = [event.clientX, event.clientY]; });
  canvas.addEventListener("pointerup", (event) => {
    if (down && Math.hypot(event.clientX - down[0], event.clientY - down[1]) < 4) pickCamera(event);
  });
  const selected = samples[view.selected];
  await showModel(selected && selected.model >= 0 ? selected.model : 0);
}

async function showModel(index) {
  const [THREE, model] = await Promise.all([loadThree(), modelOf(index)]);
  if (!model || !scene.isStarted || scene.model === index) return;
  Object.assign(scene, { model: index, values: model, content: new THREE.Scene(), isThrough: false });
  find("#mesh-choice").value = String(index);
  const light = new THREE.DirectionalLight("#fff", 1.6);
  scene.camera.add(light);
  light.position.set(1, 2, 3);
  scene.content.add(meshGroup(THREE, model, true), new THREE.AmbientLight("#fff", 2.2), scene.camera);
  addCameras(THREE, model, samples.map((_, place) => place).filter((place) => samples[place].status === "ok" && samples[place].model === index));
  showOverview();
}

function drawScene() {
  if (!scene.isStarted || !scene.content) return;
  const box = find("#space"), width = box.clientWidth, height = box.clientHeight;
  scene.renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
  scene.renderer.setSize(width, height, false);
  scene.camera.aspect = width / Math.max(1, height);
  scene.camera.updateProjectionMatrix();
  scene.renderer.render(scene.content, scene.isThrough ? throughCamera(width / height) : scene.camera);
}

function showOverview() {
  if (!scene.content) return;
  lookThrough(false);
  const eyes = scene.indices.map((index) => fromCamera(normalizedPose(samples[index].world_to_camera, scene.values), [0, 0, 0]));
  const near = eyes.filter((eye) => Math.hypot(...eye) < FAR_OFF * scene.usual), box = find("#space");
  const bounds = [0, 1, 2].map((axis) => [Math.min(-1, ...near.map((eye) => eye[axis])), Math.max(1, ...near.map((eye) => eye[axis]))]);
  const middle = bounds.map(([low, high]) => (low + high) / 2);
  const radius = Math.max(1.2, ...near.map((eye) => Math.hypot(...eye.map((value, axis) => value - middle[axis]))));
  const half = Math.atan(Math.tan((scene.camera.fov * Math.PI) / 360) * Math.min(1, box.clientWidth / box.clientHeight));
  const distance = (1.05 * radius) / Math.sin(half);
  const [x, , z] = eyes.reduce((sum, eye) => sum.map((value, axis) => value + eye[axis] / eyes.length), [0, 0, 0]);
  const turn = Math.atan2(x, z) + ASIDE, flat = Math.sqrt(1 - ABOVE ** 2);
  const direction = [flat * Math.sin(turn), ABOVE, flat * Math.cos(turn)];
  scene.camera.position.set(...middle.map((value, axis) => value + direction[axis] * distance));
  Object.assign(scene.camera, { near: distance / 500, far: distance * 20 });
  scene.controls.target.set(...middle);
  scene.controls.update();
  drawScene();
}

function highlightCamera(index) {
  const sample = samples[index];
  if (!scene.isStarted || !sample || sample.status !== "ok" || sample.model < 0) return;
  if (sample.model !== scene.model) {
    showModel(sample.model);
    return;
  }
  if (!scene.marked) return;
  const pose = normalizedPose(sample.world_to_camera, scene.values);
  const at = (x, y) => fromCamera(pose, [...rayOf(sample, x, y).map((value) => value * scene.depth), scene.depth]);
  const points = frustumLines(at, fromCamera(pose, [0, 0, 0])).flat();
  scene.marked.geometry.setAttribute("position", new window.THREE.BufferAttribute(new Float32Array(points), 3));
  scene.marked.geometry.computeBoundingSphere();
  if (scene.isThrough) lookThrough(true);
  else drawScene();
}

// From the selected camera, with its photograph behind the mesh.
async function lookThrough(isWanted) {
  const sample = samples[view.selected];
  scene.isThrough = Boolean(isWanted && scene.content && sample && sample.model === scene.model);
  find("#through").setAttribute("aria-pressed", String(scene.isThrough));
  if (!scene.content) return;
  for (const part of [scene.frusta, scene.photos, scene.marked, scene.path]) part.visible = !scene.isThrough;
  if (scene.backdrop) scene.content.remove(scene.backdrop);
  if (scene.isThrough) await addBackdrop(sample);
  drawScene();
}

async function addBackdrop(sample) {
  const THREE = window.THREE, texts = await pictureTexts(samples.indexOf(sample));
  if (!texts || !sample.window) return;
  const texture = new THREE.Texture(await decode("webp", texts[0]));
  Object.assign(texture, { colorSpace: THREE.SRGBColorSpace, flipY: false, needsUpdate: true });
  const pose = normalizedPose(sample.world_to_camera, scene.values), depth = Math.hypot(...pose.translation) + 1.5;
  const [left, top, right, bottom] = sample.window;
  const at = (x, y) => fromCamera(pose, [...rayOf(sample, x, y).map((value) => value * depth), depth]);
  const geometry = new THREE.BufferGeometry()
    .setAttribute("position", new THREE.BufferAttribute(new Float32Array([at(left, top), at(right, top), at(right, bottom), at(left, bottom)].flat()), 3))
    .setAttribute("uv", new THREE.BufferAttribute(new Float32Array([0, 0, 1, 0, 1, 1, 0, 1]), 2));
  geometry.setIndex([0, 1, 2, 0, 2, 3]);
  scene.backdrop = new THREE.Mesh(geometry, new THREE.MeshBasicMaterial({ map: texture, side: THREE.DoubleSide }));
  scene.content.add(scene.backdrop);
}

// Shows the whole picture of the selected sample in a view of any aspect.
function throughCamera(aspect) {
  const sample = samples[view.selected], [left, top, right, bottom] = sample.window || [0, 0, 1, 1];
  let width = (right - left) * (sample.width / sample.fx), height = (bottom - top) * (sample.height / sample.fy);
  const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
  if (width / height < aspect) width = height * aspect;
  else height = width / aspect;
  const [x, y] = [(width * sample.fx) / sample.width / 2, (height * sample.fy) / sample.height / 2];
  return poseCamera(window.THREE, sample, scene.values, [middleX - x, middleY - y, middleX + x, middleY + y]);
}

function pickCamera(event) {
  const THREE = window.THREE, box = find("#view").getBoundingClientRect();
  const caster = new THREE.Raycaster();
  caster.setFromCamera(new THREE.Vector2((2 * (event.clientX - box.left)) / box.width - 1, 1 - (2 * (event.clientY - box.top)) / box.height), scene.camera);
  const [hit] = scene.isThrough ? [] : caster.intersectObject(scene.photos);
  if (hit) select(scene.shown[Math.floor(hit.faceIndex / 2)]);
}
