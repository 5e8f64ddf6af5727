// What report.html and the studio use of three.js; scripts/three/bundle.sh makes one small script of it.
export {
  AmbientLight, BufferAttribute, BufferGeometry, CanvasTexture, ClampToEdgeWrapping, Color, DirectionalLight, DoubleSide,
  Group, LinearFilter, LineBasicMaterial, LineSegments, Mesh, MeshBasicMaterial, MeshLambertMaterial,
  MirroredRepeatWrapping, PerspectiveCamera, Raycaster, RepeatWrapping, Scene, SRGBColorSpace, Texture, Vector2,
  WebGLRenderer,
} from "three";
export { OrbitControls } from "three/addons/controls/OrbitControls.js";
