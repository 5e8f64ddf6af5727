// What is wanted: an object, its light and its place, with the places before, and what is told of it.
import { find } from "./dom.js";
import { chosenSettings } from "./form.js";
import { turnOf } from "./insert-hand.js";
import { thing } from "./insert-scene.js";
import { store } from "./store.js";

export const wish = { object: null, files: [], light: "environment", shadows: true, up: "auto", objectUp: "+y", version: 0, asked: -1, isWanted: false, isStarting: false, history: [] };

export const showHistory = () => { find("#insert-undo").disabled = !wish.history.length; };
export const note = (text) => { find("#insert-note").textContent = text; };
export const remember = () => { if (thing.place) wish.history = [...wish.history.slice(-99), thing.place]; showHistory(); };

// As the server asks for it.
export const wishValues = () => {
  const { on, point, scale, up_word: up, object_up } = thing.place;
  return { sample: store.current.number, object: wish.object, light: wish.light, shadows: wish.shadows, settings: chosenSettings(), placement: { on, point, scale, turn_deg: turnOf(thing.place), up, object_up } };
};
