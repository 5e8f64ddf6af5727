// What the page knows, and who is told of changes.
export const store = {
  studio: null, form: null, samples: [], sequences: [],
  current: null, // the chosen sample as the server tells it
  mesh: null, group: null, picture: null,
  pose: null, live: null, // the pose that is worked on, and one that only passes by
  history: [], job: null, pins: [], tool: "turn", tab: "estimate",
  curve: [], remarks: [], compared: [],
};

const listeners = new Map();
export const on = (name, listener) => listeners.set(name, [...(listeners.get(name) || []), listener]);
export const emit = (name, ...values) => (listeners.get(name) || []).forEach((listener) => listener(...values));

export const isBusy = () => store.job?.state === "running";

// The pose after a change by hand; what was before can be come back to.
export function setPose(pose, keepsHistory = true) {
  if (keepsHistory && store.pose) store.history = [...store.history.slice(-99), store.pose];
  store.pose = pose;
  store.live = null;
  emit("pose");
}

export function undo() {
  if (!store.history.length) return;
  store.pose = store.history.pop();
  emit("pose");
}
