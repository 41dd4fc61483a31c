/** Keys of the keyboard: single letters and pairs such as "g n". They never act while somebody types. */
import { letterKeys } from "./settings";

export interface Key {
  keys: string;
  says: string;
  /** In which part of the help it stands. */
  group: string;
  run: () => void;
}

const PAIR_MS = 1_200;
const layers: Key[][] = [];
let first = "";
let firstAt = 0;

/** Adds keys until the returned function is called; of two that are the same, the later one acts. */
export function addKeys(keys: Key[]): () => void {
  layers.push(keys);
  return () => void layers.splice(layers.indexOf(keys), 1);
}

export const allKeys = (): Key[] => {
  const seen = new Map<string, Key>();
  for (const layer of layers) for (const key of layer) seen.set(key.keys, key);
  return [...seen.values()];
};

const typing = (target: EventTarget | null) => target instanceof HTMLElement
  && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function find(keys: string): Key | undefined {
  for (let i = layers.length - 1; i >= 0; i--) {
    const found = layers[i].find((key) => key.keys === keys);
    if (found) return found;
  }
  return undefined;
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  // what stands in front of all has the keys: Escape closes it, and nothing behind it
  const covered = document.querySelector("dialog[open]") !== null;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    if (covered) event.preventDefault();
    else run(find("Ctrl+K"), event);
    return;
  }
  if (covered) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    run(find("Esc"), event);
    return;
  }
  // what is in a shadow is told as its host
  if (typing(event.composedPath()[0] ?? event.target) || !letterKeys.value) return;
  const pair = first !== "" && Date.now() - firstAt < PAIR_MS ? find(first + " " + event.key) : undefined;
  first = "";
  if (pair) {
    run(pair, event);
    return;
  }
  if (layers.some((layer) => layer.some((key) => key.keys.startsWith(event.key + " ")))) {
    first = event.key;
    firstAt = Date.now();
    return;
  }
  // Enter and the arrows belong to what has the focus, where it does something with them
  if (event.key === "Enter" && event.target instanceof HTMLElement && event.target.closest("a,button,summary,[role=tab]")) return;
  run(find(event.key === "ArrowDown" ? "j" : event.key === "ArrowUp" ? "k" : event.key), event);
}

function run(key: Key | undefined, event: Event): void {
  if (!key) return;
  event.preventDefault();
  key.run();
}

export function startKeys(): void {
  addEventListener("keydown", pressed);
}
