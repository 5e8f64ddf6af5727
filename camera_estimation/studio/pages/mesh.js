// The mesh as three.js draws it, from the server's packet, and cameras as OpenCV has them.
const WRAPS = () => [THREE.RepeatWrapping, THREE.MirroredRepeatWrapping, THREE.ClampToEdgeWrapping];

export async function readMesh(buffer) {
  const length = new DataView(buffer).getUint32(0, true), start = 4 + length;
  const described = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const part = (block, Kind) => new Kind(buffer, start + block.offset, block.length / Kind.BYTES_PER_ELEMENT);
  const parts = await Promise.all(described.parts.map(async (each) => ({
    ...each,
    indices: part(each.indices, Uint32Array),
    picture: await createImageBitmap(new Blob([part(each.texture, Uint8Array)], { type: "image/png" }), { premultiplyAlpha: "none", colorSpaceConversion: "none" }),
  })));
  return {
    ...described, parts,
    positions: part(described.positions, Float32Array),
    uv: part(described.uv, Float32Array),
    colors: described.colors && part(described.colors, Uint8Array),
  };
}

// In world coordinates, colored as renders are: levels as they are stored, without light.
export function meshGroup(mesh) {
  const group = new THREE.Group(), wraps = WRAPS();
  const positions = new THREE.BufferAttribute(mesh.positions, 3), uv = new THREE.BufferAttribute(mesh.uv, 2);
  for (const part of mesh.parts) {
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute("position", positions);
    geometry.setAttribute("uv", uv);
    if (mesh.colors) geometry.setAttribute("color", new THREE.BufferAttribute(mesh.colors, 3, true));
    geometry.setIndex(new THREE.BufferAttribute(part.indices, 1));
    const map = new THREE.Texture(part.picture);
    Object.assign(map, { colorSpace: "", flipY: false, wrapS: wraps[part.wrap[0]], wrapT: wraps[part.wrap[1]], needsUpdate: true });
    group.add(new THREE.Mesh(geometry, new THREE.MeshBasicMaterial({ map, vertexColors: Boolean(mesh.colors), side: THREE.DoubleSide, alphaTest: part.cutoff })));
  }
  group.scale.setScalar(mesh.radius);
  group.position.set(...mesh.center);
  group.updateMatrixWorld(true);
  return group;
}

export function rendererFor(canvas, options = {}) {
  const renderer = new THREE.WebGLRenderer({ canvas, alpha: true, antialias: true, ...options });
  renderer.outputColorSpace = "srgb-linear"; // levels pass as they are
  return renderer;
}

// A three.js camera that sees what a pose sees, principal point and all, of what is in these balls.
export function cameraOf(pose, ...balls) {
  const camera = new THREE.PerspectiveCamera();
  camera.matrixAutoUpdate = false;
  const sign = [1, -1, -1];
  const rows = pose.R.map((row, axis) => [...row, pose.t[axis]].map((value) => sign[axis] * value));
  camera.matrix.set(...rows[0], ...rows[1], ...rows[2], 0, 0, 0, 1).invert();
  camera.matrixWorldAutoUpdate = true;
  camera.updateMatrixWorld(true);
  const spans = balls.map(({ center, radius }) => {
    const depth = pose.R[2].reduce((sum, value, axis) => sum + value * center[axis], pose.t[2]);
    return [Math.max(depth - 1.05 * radius, 1e-3 * Math.max(Math.abs(depth), radius)), Math.max(depth, 0) + 1.2 * radius];
  });
  const near = Math.min(...spans.map(([first]) => first)), far = Math.max(...spans.map(([, last]) => last)) + near;
  const { fx, fy, cx, cy, width, height } = pose;
  camera.projectionMatrix.set(
    (2 * fx) / width, 0, 1 - (2 * cx) / width, 0,
    0, (2 * fy) / height, (2 * cy) / height - 1, 0,
    0, 0, -(far + near) / (far - near), (-2 * far * near) / (far - near),
    0, 0, -1, 0,
  );
  camera.projectionMatrixInverse.copy(camera.projectionMatrix).invert();
  return camera;
}

// The point of the mesh seen at a pixel of the picture, in world coordinates; null where there is none.
export function pointAt(group, pose, mesh, u, v) {
  const caster = new THREE.Raycaster();
  caster.setFromCamera(new THREE.Vector2((2 * u) / pose.width - 1, 1 - (2 * v) / pose.height), cameraOf(pose, mesh));
  const hit = caster.intersectObject(group, true)[0];
  return hit ? hit.point.toArray() : null;
}
