import { isBusy, store } from "./store.js";

// Requests to the server; what it refuses is an Error whose message is the server's sentence.
const GIVING_WAY = 150; // tenths of a second
const OWN = { "X-Camera-Studio": "1" };

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { ...OWN, ...options.headers } });
  } catch {
    throw new Error("camera-studio does not answer: is it still running in its terminal?");
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Error(told.error || `the server refused this (${answer.status}); reload the page`);
}

const send = (method) => async (path, values) => (await ask(path, { method, body: JSON.stringify(values ?? {}), headers: { "Content-Type": "application/json" } })).json();

export const get = async (path) => (await ask(path)).json();
export const post = send("POST");
export const put = send("PUT");
export const remove = async (path) => (await ask(path, { method: "DELETE" })).json();
export const putBlob = async (path, blob) => (await ask(path, { method: "PUT", body: blob })).json();
export const bytes = async (path) => (await ask(path)).arrayBuffer();

// A picture as it is shown, and the size that poses, pins and masks are of.
export async function picture(path) {
  const answer = await ask(path), [width, height] = (answer.headers.get("x-picture-size") || "0 0").split(" ").map(Number);
  return { bitmap: await createImageBitmap(await answer.blob()), size: { width, height } };
}

// A picture of an object that the page asked for by itself gives way to whatever is asked for by hand.
export async function startJob(kind, values) {
  const isInTheWay = () => kind !== "insert" && isBusy() && store.job.kind === "insert";
  if (isInTheWay()) await post("/api/jobs/stop");
  for (let tries = 0; tries < GIVING_WAY && isInTheWay(); tries += 1) await new Promise((done) => { setTimeout(done, 100); });
  const job = await post("/api/jobs", { kind, ...values });
  if (!(store.job?.number >= job.number)) store.job = job; // its own events may be late, or already through
  return job;
}

// Events of the server, by name.
export function listen(handlers, onopen) {
  const source = new EventSource("/api/events");
  source.onopen = onopen;
  source.onmessage = (message) => {
    const { event, ...values } = JSON.parse(message.data);
    handlers[event]?.(values);
  };
}
