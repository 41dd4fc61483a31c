import { useSignal } from "@preact/signals";
import { me, signOut, signOutEverywhere, words } from "../api/http";
import { MOST_COUNTED, unread } from "../api/inbox";
import { dataAge, freshness } from "../api/live";
import { age } from "../lib/format";
import { closed, href, place } from "../lib/route";
import { density, letterKeys, theme, THEMES, timeForm } from "../lib/settings";
import { announce } from "../ui/announce";
import { Glyph } from "../ui/basic";
import { CommandMenu } from "../ui/command-menu";
import { Icon } from "../ui/icons";
import { openRecord } from "../ui/inspector";
import { helpOpen, paletteOpen, railOpen } from "./state";
import { pageOf } from "./pages";

const PILL = {
  connecting: ["idle", "idle", () => "Connecting"],
  live: ["ok", "ok", (old: string) => "Live · " + old],
  stale: ["warn", "warn", (old: string) => "Stale · " + old],
  behind: ["warn", "move", (old: string) => `Reading again · data ${old} old`],
  lost: ["fail", "fail", (old: string) => `Reconnecting · data ${old} old`],
} as const;

/** How fresh all of it is: the age of what the controller said last. */
function Pill() {
  const [tone, glyph, text] = PILL[freshness.value];
  return <span id="live" class={"live " + tone} title="Since the controller was heard last"><Glyph name={glyph} />{text(age(dataAge.value))}</span>;
}

export function TopBar() {
  const { page, rest } = place.value;
  return (
    <header class="top">
      <button type="button" class="btn quiet menu" aria-label="Menu" aria-expanded={railOpen.value} aria-controls="rail" onClick={() => { railOpen.value = !railOpen.value; }}>☰</button>
      <span class="brand">AIWM</span>
      <span class="crumb">
        {rest.length > 0 ? <><a href={closed()}>{pageOf(page)?.title ?? page}</a><span aria-hidden="true"> / </span><b class={/_|\d/.test(rest[0]) ? "mono" : undefined}>{openRecord.value?.id === rest[0] ? openRecord.value.title : rest[0]}</b></> : <b>{pageOf(page)?.title ?? page}</b>}
      </span>
      <button type="button" class="jump" onClick={() => { paletteOpen.value = true; }}>
        <span>Search or run a command</span><kbd>Ctrl K</kbd><svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.500 10.500l4 4" fill="none" stroke="currentColor" stroke-width="1.5" /></svg>
      </button>
      <Bell />
      <CommandMenu />
      <Pill />
      <Menu />
    </header>
  );
}

/** How many notifications are unread, and the way to them. */
function Bell() {
  const count = unread();
  const text = count === undefined ? "" : count >= MOST_COUNTED ? MOST_COUNTED + "+" : String(count);
  return <a class="btn quiet bell" href={href("notifications", [], { unread: count ? "yes" : undefined })} aria-label={text ? `Notifications, ${text} unread` : "Notifications, none unread"} title="Notifications"><Icon name="notifications" />{text && <span class="num">{text}</span>}</a>;
}

/** What the reader sets for this browser. */
function Menu() {
  const open = useSignal(false);
  return (
    <details class="menu-box" open={open.value} onToggle={(event) => { open.value = event.currentTarget.open; }}
      onFocusOut={(event) => { if (!event.currentTarget.contains(event.relatedTarget as Element | null) && event.relatedTarget) open.value = false; }}>
      <summary class="btn quiet" title="Settings of this page"><span class="who">{me.value?.name ?? "…"}</span></summary>
      <div class="menu-panel">
        {me.value?.name && <p class="muted">{me.value.name}, {me.value.role?.toLowerCase()}</p>}
        <Radio label="Theme" value={theme.value} options={THEMES} words={{ contrast: "high contrast" }} onPick={(next) => { theme.value = next; }} />
        <Radio label="Times" value={timeForm.value} options={["relative", "local", "UTC"] as const} onPick={(next) => { timeForm.value = next; }} />
        <Radio label="Rows" value={density.value} options={["compact", "normal", "roomy"] as const} onPick={(next) => { density.value = next; }} />
        <label class="check"><input type="checkbox" checked={letterKeys.value} onChange={(event) => { letterKeys.value = event.currentTarget.checked; }} /> <span>Keys of single letters</span></label>
        <div class="actions">
          <button type="button" class="btn" onClick={() => { open.value = false; helpOpen.value = true; }}>Keys</button>
          <a class="btn" href={href("settings")} onClick={() => { open.value = false; }}>Password</a>
          <button type="button" class="btn" onClick={signOut}>Sign out</button>
          <button type="button" class="btn" title="Ends your sessions on all machines, those of the command line too" onClick={() => { signOutEverywhere().catch((cause) => announce(words(cause))); }}>Sign out everywhere</button>
        </div>
      </div>
    </details>
  );
}

function Radio<T extends string>({ label, value, options, words, onPick }: { label: string; value: T; options: readonly T[]; words?: Partial<Record<T, string>>; onPick: (value: T) => void }) {
  return (
    <fieldset class="radio"><legend>{label}</legend>
      {options.map((option) => (
        <label key={option}><input type="radio" name={"set-" + label} checked={value === option} onChange={() => onPick(option)} /> <span>{words?.[option] ?? option}</span></label>
      ))}
    </fieldset>
  );
}
