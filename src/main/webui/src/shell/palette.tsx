/** Ctrl K: a page, a command, or a record by a part of its name or by its id. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { deployments, nodes } from "../api/fleet";
import { signOut } from "../api/http";
import { go, href } from "../lib/route";
import { theme } from "../lib/settings";
import { lookOf, nodeStatus } from "../lib/status";
import { Glyph } from "../ui/basic";
import { contains } from "../ui/filter";
import { found as findByName, type Hit } from "./find";
import { PAGES } from "./pages";
import { helpOpen, paletteOpen } from "./state";

interface Choice { key: string; text: string; kind: string; status?: string; run: () => void }

const MOST = 16;
/** The server is asked when somebody pauses, and not for a single letter. */
const SETTLE_MS = 250;
const LEAST_CHARS = 2;

const SETTINGS: [string, string][] = [["users", "Users"], ["keys", "API keys"], ["tokens", "Join tokens of nodes"], ["secrets", "Secrets"], ["audit", "Audit log"]];

/** Ids say what they are of, so that one that is pasted is found without a search. */
const PREFIXES: [RegExp, string][] = [[/^ex_\w+/, "executions"], [/^(job|task)_\w+/, "jobs"], [/^dep_\w+/, "deployments"], [/^model_\w+/, "models"], [/^(agent|conv|tool|instr|eval|evalrun)_\w+/, "agents"]];

function choices(text: string, hits: readonly Hit[]): Choice[] {
  const wanted = text.trim();
  const found: Choice[] = [];
  for (const [pattern, kind] of PREFIXES) {
    if (pattern.test(wanted)) found.push({ key: wanted, text: wanted, kind: "Open in " + kind, run: () => go(href(kind, [wanted])) });
  }
  for (const entry of PAGES) {
    if (contains(wanted, entry.title)) found.push({ key: "p" + entry.name, text: entry.title, kind: "Page", run: () => go(href(entry.name)) });
  }
  for (const [part, title] of SETTINGS) {
    if (wanted !== "" && contains(wanted, title)) found.push({ key: "s" + part, text: title, kind: "Settings", run: () => go(href("settings", [part])) });
  }
  const commands: Choice[] = [
    { key: "new", text: "New deployment", kind: "Command", run: () => go(href("deployments", ["new"])) },
    { key: "add", text: "Add a node", kind: "Command", run: () => go(href("nodes", ["add"])) },
    { key: "job", text: "Submit a job", kind: "Command", run: () => go(href("jobs", ["new"])) },
    { key: "upload", text: "Upload a model", kind: "Command", run: () => go(href("models", ["upload"])) },
    { key: "dark", text: "Theme: dark", kind: "Command", run: () => { theme.value = "dark"; } },
    { key: "light", text: "Theme: light", kind: "Command", run: () => { theme.value = "light"; } },
    { key: "keys", text: "Show the keys", kind: "Command", run: () => { helpOpen.value = true; } },
    { key: "out", text: "Sign out", kind: "Command", run: signOut },
  ];
  found.push(...commands.filter((one) => wanted !== "" && contains(wanted, one.text)));
  if (wanted !== "") {
    for (const node of nodes.items.value) {
      if (found.length > MOST) break;
      if (contains(wanted, node.id, node.name, node.hostname)) found.push({ key: "n" + node.id, text: node.name || node.id, kind: "Node", status: nodeStatus(node), run: () => go(href("nodes", [node.id])) });
    }
    for (const one of deployments.items.value) {
      if (found.length > MOST) break;
      if (contains(wanted, one.id, one.name)) found.push({ key: "d" + one.id, text: one.name, kind: "Deployment", status: one.status, run: () => go(href("deployments", [one.id])) });
    }
  }
  // what the server found is behind what is known here, and not pushed out by it
  const mine = found.slice(0, Math.max(MOST / 2, MOST - hits.length));
  return [...mine, ...hits.slice(0, MOST - mine.length).map((hit): Choice => ({ key: hit.key, text: hit.text, kind: hit.kind, status: hit.status, run: () => go(hit.to) }))];
}

/** What the server finds for the text, a moment after it was typed; nothing of an earlier text. */
function useHits(text: string): readonly Hit[] {
  const hits = useSignal<{ of: string; all: readonly Hit[] }>({ of: "", all: [] });
  const wanted = text.trim();
  useEffect(() => {
    if (wanted.length < LEAST_CHARS) return undefined;
    const mine = new AbortController();
    const timer = setTimeout(() => void findByName(wanted, mine.signal).then((all) => { if (!mine.signal.aborted) hits.value = { of: wanted, all }; }), SETTLE_MS);
    return () => { clearTimeout(timer); mine.abort(); };
  }, [wanted]);
  return hits.value.of === wanted ? hits.value.all : [];
}

export function Palette() {
  const dialog = useRef<HTMLDialogElement>(null);
  const text = useSignal("");
  const at = useSignal(0);
  useEffect(() => {
    if (!paletteOpen.value) return;
    text.value = "";
    at.value = 0;
    dialog.current?.showModal();
  }, [paletteOpen.value]);
  const hits = useHits(paletteOpen.value ? text.value : "");
  const found = paletteOpen.value ? choices(text.value, hits) : [];
  const pick = (choice: Choice | undefined) => {
    if (!choice) return;
    dialog.current?.close();
    choice.run();
  };
  const keyed = (event: KeyboardEvent) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by !== 0) at.value = (at.value + by + found.length) % Math.max(1, found.length);
    else if (event.key === "Enter") pick(found[at.value]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog ref={dialog} class="palette" aria-label="Search or run a command" onClose={() => { paletteOpen.value = false; }} onClick={(event) => { if (event.target === dialog.current) dialog.current?.close(); }}>
      {paletteOpen.value && <>
        <input type="text" role="combobox" aria-expanded="true" aria-controls="found" aria-activedescendant={found[at.value] ? "found-" + at.value : undefined} aria-label="Search or run a command"
          placeholder="A name, an id, a page, a command" value={text.value} spellcheck={false} autocomplete="off" onKeyDown={keyed}
          onInput={(event) => { text.value = event.currentTarget.value; at.value = 0; }} />
        <ul role="listbox" id="found" aria-label="Found">
          {found.map((choice, i) => (
            <li key={choice.key} id={"found-" + i} role="option" aria-selected={i === at.value} onClick={() => pick(choice)} onPointerMove={() => { at.value = i; }}>
              {choice.status && <span class={lookOf(choice.status).tone}><Glyph name={lookOf(choice.status).glyph} /></span>}
              <span class="text">{choice.text}</span>
              <span class="muted">{choice.status ? lookOf(choice.status).word + " · " : ""}{choice.kind}</span>
            </li>
          ))}
          {found.length === 0 && <li role="option" aria-selected="false" aria-disabled="true" class="muted">Nothing has this in its name. An id may be pasted.</li>}
        </ul>
      </>}
    </dialog>
  );
}
