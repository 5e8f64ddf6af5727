// The cameras in the view: frusta with their photographs.
const INKS = { good: "#15a34a", doubtful: "#e08a00", wrong: "#e03131" };
const HIGHLIGHT = "#2f8cff";
const FRUSTUM = 0.24, FEW = 24; // length of frusta as a share of the usual distance; of more cameras they are shorter
const ATLAS = 2048, LARGEST_TILE = 256, SMALLEST_TILE = 48; // pixels of the photographs' texture

// Frusta of all cameras in one set of lines, their photographs in one mesh with one texture.
function addCameras(THREE, model, indices) {
  const poses = indices.map((index) => normalizedPose(samples[index].world_to_camera, model));
  scene.usual = median(poses.map((pose) => Math.hypot(...pose.translation))) || 4;
  const depth = FRUSTUM * scene.usual * Math.max(0.2, Math.min(1, Math.sqrt(FEW / Math.max(1, indices.length))));
  const tile = Math.max(SMALLEST_TILE, Math.min(LARGEST_TILE, 2 ** Math.floor(Math.log2(ATLAS / Math.ceil(Math.sqrt(indices.length || 1))))));
  const across = Math.floor(ATLAS / tile), pictured = Math.min(indices.length, across * across);
  const lines = [], inks = [], corners = [], uv = [], faces = [];
  indices.forEach((index, place) => {
    const sample = samples[index], ink = new THREE.Color(INKS[verdictOf(sample)] || INKS.good);
    const at = (x, y) => fromCamera(poses[place], [...rayOf(sample, x, y).map((value) => value * depth), depth]);
    for (const point of frustumLines(at, fromCamera(poses[place], [0, 0, 0]))) {
      lines.push(...point);
      inks.push(ink.r, ink.g, ink.b);
    }
    const [left, top, right, bottom] = sample.window || [0, 0, 1, 1];
    if (place >= pictured || !sample.window) return;
    const first = corners.length / 3, column = place % across, row = Math.floor(place / across);
    corners.push(...at(left, top), ...at(right, top), ...at(right, bottom), ...at(left, bottom));
    uv.push(column, row, column + 1, row, column + 1, row + 1, column, row + 1);
    faces.push(first, first + 1, first + 2, first, first + 2, first + 3);
  });
  const attribute = (values, size) => new THREE.BufferAttribute(new Float32Array(values), size);
  const frusta = new THREE.BufferGeometry().setAttribute("position", attribute(lines, 3)).setAttribute("color", attribute(inks, 3));
  const atlas = make("canvas", { width: ATLAS, height: ATLAS }), texture = new THREE.CanvasTexture(atlas);
  Object.assign(texture, { colorSpace: THREE.SRGBColorSpace, flipY: false, generateMipmaps: false, minFilter: THREE.LinearFilter });
  const quads = new THREE.BufferGeometry().setAttribute("position", attribute(corners, 3)).setAttribute("uv", attribute(uv.map((value) => (value * tile) / ATLAS), 2));
  quads.setIndex(faces);
  const shown = indices.filter((index, place) => place < pictured && samples[index].window);
  scene.frusta = new THREE.LineSegments(frusta, new THREE.LineBasicMaterial({ vertexColors: true }));
  scene.photos = new THREE.Mesh(quads, new THREE.MeshBasicMaterial({ map: texture, side: THREE.DoubleSide, transparent: true, alphaTest: 0.5 }));
  scene.marked = new THREE.LineSegments(new THREE.BufferGeometry(), new THREE.LineBasicMaterial({ color: HIGHLIGHT, depthTest: false }));
  scene.path = pathOf(THREE, model, indices);
  Object.assign(scene, { indices, shown, depth, backdrop: null });
  scene.content.add(scene.frusta, scene.photos, scene.marked, scene.path);
  const left = shown.length < indices.length ? `; the photographs of ${indices.length - shown.length} are left out` : "";
  find("#space-note").textContent = `${many(indices.length, "camera")}${left}. Drag to turn, scroll to come nearer, click a camera to select it.`;
  highlightCamera(view.selected);
  fillAtlas(atlas, texture, shown, indices, tile, across);
}

function frustumLines(at, eye) {
  const [a, b, c, d] = [at(0, 0), at(1, 0), at(1, 1), at(0, 1)];
  return [eye, a, eye, b, eye, c, eye, d, a, b, b, c, c, d, d, a];
}

function pathOf(THREE, model, indices) {
  const points = report.sequences.flatMap((sequence) => {
    const own = sequence.samples.filter((index) => indices.includes(index)).map((index) => fromCamera(normalizedPose(samples[index].world_to_camera, model), [0, 0, 0]));
    return own.slice(1).flatMap((point, place) => [...own[place], ...point]);
  });
  const geometry = new THREE.BufferGeometry().setAttribute("position", new THREE.BufferAttribute(new Float32Array(points), 3));
  return new THREE.LineSegments(geometry, new THREE.LineBasicMaterial({ color: HIGHLIGHT }));
}

// Photographs come one after the other, so that the view answers meanwhile.
async function fillAtlas(atlas, texture, shown, indices, tile, across) {
  const context = atlas.getContext("2d"), content = scene.content, places = new Map(indices.map((index, place) => [index, place]));
  for (const [count, index] of shown.entries()) {
    const texts = await pictureTexts(index);
    const picture = texts && (await decode("webp", texts[0]));
    if (scene.content !== content) return;
    const place = places.get(index);
    if (picture) context.drawImage(picture, (place % across) * tile, Math.floor(place / across) * tile, tile, tile);
    if (count === shown.length - 1 || [15, 63, 255, 1023].includes(count)) { // to give the texture to the GPU takes a while
      texture.needsUpdate = true;
      drawScene();
    }
  }
  document.body.dataset.photographs = "all";
}

