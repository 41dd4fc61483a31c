import { useEffect, useRef } from "preact/hooks";
import { addKeys, allKeys } from "../lib/keys";
import { closed, go, href, place } from "../lib/route";
import { theme, THEMES } from "../lib/settings";
import { announce } from "../ui/announce";
import { firstCommand } from "../ui/command-menu";
import { PAGES } from "./pages";
import { helpOpen, paletteOpen, railOpen } from "./state";

const copy = (text: string | undefined) => {
  if (!text) return;
  void navigator.clipboard?.writeText(text);
  announce("Copied: " + text);
};

/** Keys that act everywhere, and the page that lists all of them. */
export function ShellKeys() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => addKeys([
    ...PAGES.map((entry) => ({ keys: "g " + entry.key, says: entry.title, group: "Go to", run: () => go(href(entry.name)) })),
    { keys: "Ctrl+K", says: "Search and commands", group: "Everywhere", run: () => { paletteOpen.value = true; } },
    { keys: "?", says: "These keys", group: "Everywhere", run: () => { helpOpen.value = true; } },
    { keys: "t", says: "Next theme", group: "Everywhere", run: () => {
      theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length];
      announce("Theme: " + theme.value);
    } },
    { keys: "y", says: "Copy the id", group: "Everywhere", run: () => copy(place.value.rest[0]) },
    { keys: "Y", says: "Copy as a command", group: "Everywhere", run: () => copy(firstCommand()) },
    { keys: "Esc", says: "Close what is open", group: "Everywhere", run: () => {
      if (railOpen.value) railOpen.value = false;
      else if (document.activeElement instanceof HTMLInputElement) document.activeElement.blur();
      else if (place.value.rest.length > 0) go(closed());
    } },
  ]), []);
  useEffect(() => { if (helpOpen.value) dialog.current?.showModal(); }, [helpOpen.value]);
  const keys = helpOpen.value ? allKeys() : [];
  const groups = [...new Set(keys.map((key) => key.group))];
  return (
    <dialog ref={dialog} class="box keys" aria-labelledby="keys-title" onClose={() => { helpOpen.value = false; }} onClick={(event) => { if (event.target === dialog.current) dialog.current?.close(); }}>
      <h2 id="keys-title">Keys</h2>
      <div class="columns">
        {groups.map((group) => (
          <section key={group}><h3>{group}</h3>
            <dl>{keys.filter((key) => key.group === group).map((key) => <><dt key={key.keys}>{key.keys.split(" ").map((part) => <kbd key={part}>{part}</kbd>)}</dt><dd>{key.says}</dd></>)}</dl>
          </section>
        ))}
      </div>
      <form method="dialog"><button class="btn">Close</button></form>
    </dialog>
  );
}
