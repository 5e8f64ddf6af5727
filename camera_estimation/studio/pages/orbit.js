// The mesh from all sides, with the camera's frustum and the picture on it.
import { find } from "./dom.js";
import { meshGroup, rendererFor } from "./mesh.js";
import { on, store } from "./store.js";

const BLUE = [0.23, 0.51, 0.96]; // levels as they are shown
const LENGTH = 0.35; // of the frustum, as a share of the camera's distance
const orbit = { renderer: null, scene: null, camera: null, controls: null, mesh: null, extras: [], isShown: false };

on("pose", () => orbit.isShown && showFrustum());
on("live", () => orbit.isShown && showFrustum());
on("mesh", () => orbit.isShown && showOrbit());

export function showOrbit() {
  const canvas = find("#orbit");
  canvas.hidden = false;
  orbit.isShown = true;
  if (!store.mesh) return;
  try {
    orbit.renderer ||= rendererFor(canvas);
  } catch {
    find("#stage-note").textContent = "This browser draws nothing in 3D: WebGL is switched off or missing.";
    return;
  }
  if (!orbit.controls) {
    orbit.camera = new THREE.PerspectiveCamera(45, 1, 0.01, 100);
    orbit.controls = new THREE.OrbitControls(orbit.camera, canvas);
    orbit.controls.addEventListener("change", render);
    orbit.controls.listenToKeyEvents?.(canvas);
    new ResizeObserver(render).observe(find("#stage"));
  }
  if (orbit.mesh !== store.mesh) {
    orbit.mesh = store.mesh;
    orbit.scene = new THREE.Scene().add(meshGroup(store.mesh));
    orbit.extras = [];
    lookAround();
  }
  showFrustum();
}

export function hideOrbit() {
  orbit.isShown = false;
  find("#orbit").hidden = true;
}

// From beside and above the camera, so that both it and the mesh are seen.
function lookAround() {
  const { center, radius } = store.mesh, pose = store.pose, distance = pose ? depthOf(pose) : 3 * radius;
  const aside = pose ? pose.R[0] : [1, 0, 0], back = pose ? pose.R[2].map((value) => -value) : [0, 0, 1], up = [0, 1, 0];
  const reach = 1.75 * Math.max(distance, 2 * radius);
  orbit.controls.target.set(...center.map((value, axis) => value + 0.5 * distance * back[axis]));
  orbit.camera.position.set(...center.map((value, axis) => value + reach * (0.8 * aside[axis] + 0.5 * back[axis] + 0.45 * up[axis])));
  Object.assign(orbit.camera, { near: 0.01 * radius, far: 40 * Math.max(distance, radius) });
  orbit.controls.update();
}

const depthOf = (pose) => pose.R[2].reduce((sum, value, axis) => sum + value * store.mesh.center[axis], pose.t[2]);

function showFrustum() {
  const pose = store.live || store.pose;
  orbit.extras.forEach((each) => orbit.scene.remove(each));
  orbit.extras = [];
  if (pose) {
    const depth = LENGTH * Math.max(depthOf(pose), 0.5 * store.mesh.radius);
    const world = (point) => [0, 1, 2].map((column) => pose.R.reduce((sum, row, axis) => sum + row[column] * (point[axis] - pose.t[axis]), 0));
    const corner = (u, v) => world([((u - pose.cx) / pose.fx) * depth, ((v - pose.cy) / pose.fy) * depth, depth]);
    const [a, b, c, d] = [corner(0, 0), corner(pose.width, 0), corner(pose.width, pose.height), corner(0, pose.height)], eye = world([0, 0, 0]);
    const lines = new THREE.BufferGeometry().setAttribute("position", new THREE.BufferAttribute(new Float32Array([eye, a, eye, b, eye, c, eye, d, a, b, b, c, c, d, d, a].flat()), 3));
    orbit.extras.push(new THREE.LineSegments(lines, new THREE.LineBasicMaterial({ color: new THREE.Color(...BLUE) })));
    const quad = new THREE.BufferGeometry().setAttribute("position", new THREE.BufferAttribute(new Float32Array([a, b, c, d].flat()), 3));
    quad.setAttribute("uv", new THREE.BufferAttribute(new Float32Array([0, 0, 1, 0, 1, 1, 0, 1]), 2)).setIndex([0, 1, 2, 0, 2, 3]);
    const map = new THREE.CanvasTexture(find("#picture"));
    Object.assign(map, { colorSpace: "", flipY: false });
    orbit.extras.push(new THREE.Mesh(quad, new THREE.MeshBasicMaterial({ map, side: THREE.DoubleSide, transparent: true })));
    orbit.extras.forEach((each) => orbit.scene.add(each));
  }
  render();
}

function render() {
  if (!orbit.isShown || !orbit.scene) return;
  const box = find("#stage"), width = box.clientWidth, height = box.clientHeight;
  orbit.renderer.setPixelRatio(Math.min(devicePixelRatio || 1, 2));
  orbit.renderer.setSize(width, height, false);
  orbit.camera.aspect = width / Math.max(1, height);
  orbit.camera.updateProjectionMatrix();
  orbit.renderer.render(orbit.scene, orbit.camera);
}
