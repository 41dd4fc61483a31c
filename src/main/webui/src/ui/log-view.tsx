import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { follow, send, words } from "../api/http";
import { search } from "../api/rows";
import { curl } from "../lib/command";
import { clock, grouped } from "../lib/format";
import { fields, type Line, LogLines, matcher, nextOf, placeOf, spans, windowOf } from "../lib/log";
import { addKeys } from "../lib/keys";
import { save } from "../lib/save";
import { logTimes, logWrap, timeForm } from "../lib/settings";
import { announce } from "./announce";
import { Button } from "./button";
import { Copy } from "./basic";
import type { LogTab } from "./dock-tab";

const HEIGHT = 18;
const EXTRA = 20;
const NEAR_END = 20;
/** Wrapped lines have heights of their own, so that all of them are there: fewer then. */
const MOST_WRAPPED = 2_000;
const TAIL = "1000";

/** The line that the reader sees first, and how much of it is above the upper edge. */
interface Anchor { number: number; by: number }

/**
 * A log that goes on. Who scrolls up reads in peace: it does not follow then, and says how many lines have come. What they read stays
 * where it is, also when the oldest lines are dropped, a filter is set, or lines are wrapped.
 */
export function LogView({ tab, hidden }: { tab: LogTab; hidden: boolean }) {
  const log = useMemo(() => new LogLines(), [tab.key]);
  const box = useRef<HTMLDivElement>(null);
  const space = useRef<HTMLDivElement>(null);
  const version = useSignal(0);
  const state = useSignal("Following");
  const atEnd = useSignal(true);
  const readUpTo = useSignal(0);
  /** What is on screen until this has been painted. */
  const painted = useRef<{ lines: readonly Line[]; wrap: boolean }>({ lines: [], wrap: false });
  const stopped = useRef<number | null>(null);
  const seen = useSignal({ from: 0, to: 60 });
  const filter = useSignal("");
  const find = useSignal("");
  /** The number of the line that was found last; 0: none. */
  const current = useSignal(0);
  const open = useSignal<ReadonlySet<number>>(new Set());
  const tries = useSignal(0);

  useEffect(() => {
    const mine = new AbortController();
    let frame = 0;
    const paint = () => { frame = 0; version.value++; };
    state.value = "Following";
    follow(tab.path + search({ ...tab.query, follow: "true", tail: TAIL, timestamps: "true" }), mine.signal, (text) => {
      log.add(text);
      frame ||= requestAnimationFrame(paint);
    }).then(() => { log.end(); paint(); state.value = "Ended"; }, (cause) => { if (!mine.signal.aborted) { log.end(); paint(); state.value = words(cause); } });
    return () => { mine.abort(); cancelAnimationFrame(frame); };
  }, [tab.key, tries.value]);

  const wanted = matcher(filter.value);
  const shown = useMemo(() => (filter.value && wanted ? log.lines.filter((line) => wanted(line.text)) : log.lines), [version.value, filter.value]);
  const wrap = logWrap.value;
  // who looks at what was found is not taken away from it
  const following = atEnd.value && current.value === 0;
  const lines = useMemo(() => (wrap ? windowOf(shown, stopped.current, MOST_WRAPPED) : shown), [version.value, shown, wrap, following]);
  const sought = matcher(find.value);
  const found = useMemo(() => (find.value && sought ? lines.filter((line) => sought(line.text)) : []), [version.value, lines, find.value]);

  // lines that nobody sees have heights that are guessed: where each is, is known only now
  const anchor = useRef<Anchor | null>(null);
  if (box.current?.clientHeight) anchor.current = following ? null : firstSeen(box.current, painted.current);

  const look = () => {
    const at = box.current;
    if (!at) return;
    atEnd.value = at.scrollHeight - at.scrollTop - at.clientHeight < NEAR_END;
    if (atEnd.value) readUpTo.value = log.lines.at(-1)?.number ?? 0;
    stopped.current = atEnd.value && current.value === 0 ? null : stopped.current ?? lines[0]?.number ?? null;
    const from = Math.max(0, Math.floor(at.scrollTop / HEIGHT) - EXTRA);
    const to = Math.ceil((at.scrollTop + at.clientHeight) / HEIGHT) + EXTRA;
    if (from !== seen.value.from || to !== seen.value.to) seen.value = { from, to };
  };
  const toEnd = () => {
    atEnd.value = true;
    current.value = 0;
    stopped.current = null;
    version.value++;
  };
  useLayoutEffect(() => {
    const at = box.current;
    if (!at || hidden) return;
    space.current?.style.setProperty("height", wrap ? "auto" : lines.length * HEIGHT + "px");
    painted.current = { lines, wrap };
    if (following) at.scrollTop = at.scrollHeight;
    else if (anchor.current) {
      const place = placeOf(lines, anchor.current.number);
      const by = lines[place]?.number === anchor.current.number ? anchor.current.by : 0;
      at.scrollTop = (wrap ? topOf(at, place) : place * HEIGHT) + by;
    }
    look();
  }, [version.value, lines, wrap, hidden]);

  const jump = (back: boolean) => {
    const at = box.current!;
    // the first time from what is on screen on
    const next = nextOf(found, current.value || (firstSeen(at, painted.current)?.number ?? 0) - (back ? 0 : 1), back);
    if (!next) { announce("Nothing was found"); return; }
    current.value = next.number;
    if (!wrap) at.scrollTop = lines.indexOf(next) * HEIGHT - at.clientHeight / 2;
  };
  useLayoutEffect(() => {
    if (current.value > 0) box.current?.querySelector(".line.at")?.scrollIntoView({ block: wrap ? "center" : "nearest" });
  }, [current.value]);

  useEffect(() => (hidden ? undefined : addKeys([
    { keys: "w", says: "Wrap lines", group: "Log", run: () => { logWrap.value = !logWrap.value; } },
    { keys: "f", says: "Follow, from the end", group: "Log", run: toEnd },
    { keys: "n", says: "Next line found", group: "Log", run: () => jump(false) },
    { keys: "N", says: "Line found before", group: "Log", run: () => jump(true) },
  ])), [hidden, found, wrap]);

  const from = wrap ? 0 : Math.min(seen.value.from, lines.length);
  const visible = wrap ? lines : lines.slice(from, seen.value.to);
  const fresh = (log.lines.at(-1)?.number ?? 0) - readUpTo.value;
  const times = logTimes.value;
  const untimed = times && log.lines.length > 0 && !visible.some((line) => line.time);
  const command = curl(location.origin, "GET", tab.path + search({ ...tab.query, follow: "true", ...(times ? { timestamps: "true" } : {}) }));
  return (
    <div class="log" hidden={hidden}>
      <div class="log-bar">
        <span role="status">{state.value !== "Following" ? state.value : following ? "Following" : "Paused while you read"}</span>
        {state.value !== "Following" && <Button label="Refresh" kind="quiet" onPress={() => { tries.value++; }} />}
        <label><span class="unseen">Filter lines</span>
          <input type="search" placeholder="Filter: text, /pattern/, !not" value={filter.value} aria-invalid={wanted === null ? "true" : undefined} spellcheck={false} onInput={(event) => { filter.value = event.currentTarget.value; }} />
        </label>
        <span class="muted">{filter.value ? `${grouped(shown.length)} of ` : ""}{grouped(log.lines.length)} lines{log.dropped > 0 ? `, ${grouped(log.dropped)} older ones left out` : ""}</span>
        <label><span class="unseen">Find in these lines</span>
          <input type="search" name="find" placeholder="Find: Enter, Shift Enter" value={find.value} aria-invalid={sought === null ? "true" : undefined} spellcheck={false}
            onInput={(event) => { find.value = event.currentTarget.value; current.value = 0; }}
            onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); jump(event.shiftKey); } }} />
        </label>
        {find.value && <>
          <span class="muted num" role="status">{found.length === 0 ? "nothing found" : current.value ? `${grouped(found.findIndex((line) => line.number === current.value) + 1)} of ${grouped(found.length)}` : `${grouped(found.length)} found`}</span>
          <button type="button" class="btn quiet" aria-label="The one before (Shift Enter)" onClick={() => jump(true)}>↑</button>
          <button type="button" class="btn quiet" aria-label="The next one (Enter)" onClick={() => jump(false)}>↓</button>
        </>}
        <label class="check" title="Wrap (w)"><input type="checkbox" checked={wrap} onChange={(event) => { logWrap.value = event.currentTarget.checked; }} /> <span>Wrap</span></label>
        <label class="check" title="When the container engine read each line"><input type="checkbox" name="times" checked={times} onChange={(event) => { logTimes.value = event.currentTarget.checked; }} /> <span>Times</span></label>
        {untimed && <span class="muted" role="status">these lines have none: logs that are kept, and those of processes, come without</span>}
        <Button label="Download" kind="quiet" onPress={() => download(tab, times)} />
        <Copy button text={command}>Copy as curl</Copy>
      </div>
      <div class={"log-lines" + (wrap ? " wrapped" : "")} ref={box} onScroll={look} tabIndex={0} role="log" aria-label={"Log of " + tab.title} aria-live="off">
        <div ref={space} class="log-space">
          <Moved by={wrap ? 0 : from * HEIGHT}>{visible.map((line) => <LogLine key={line.number} line={line} times={times} found={line.number === current.value ? "at" : find.value && sought?.(line.text) ? "hit" : ""} open={open.value.has(line.number)} onToggle={() => {
            const next = new Set(open.value);
            if (!next.delete(line.number)) next.add(line.number);
            open.value = next;
          }} />)}</Moved>
        </div>
      </div>
      {!following && <button type="button" class="fresh" onClick={toEnd}>{fresh > 0 ? `${grouped(fresh)} new ↓` : "To the end ↓"}</button>}
    </div>
  );
}

const linesIn = (box: HTMLElement) => box.querySelector(".log-space > div")!.children;

/** How far below the beginning of what can be scrolled the line at this place is. */
function topOf(box: HTMLElement, place: number): number {
  const line = linesIn(box)[place];
  return line ? line.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop : 0;
}

function firstSeen(box: HTMLElement, { lines, wrap }: { lines: readonly Line[]; wrap: boolean }): Anchor {
  if (!wrap) return { number: lines[Math.floor(box.scrollTop / HEIGHT)]?.number ?? 0, by: box.scrollTop % HEIGHT };
  let low = 0;
  let high = linesIn(box).length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (topOf(box, middle) <= box.scrollTop) low = middle;
    else high = middle - 1;
  }
  return { number: lines[low]?.number ?? 0, by: box.scrollTop - topOf(box, low) };
}

function Moved({ by, children }: { by: number; children: preact.ComponentChildren }) {
  const at = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => { at.current!.style.transform = `translateY(${by}px)`; }, [by]);
  return <div ref={at}>{children}</div>;
}

function LogLine({ line, times, found, open, onToggle }: { line: Line; times: boolean; found: "" | "hit" | "at"; open: boolean; onToggle: () => void }) {
  const json = fields(line.text);
  return (
    <div class={`line ${line.level} ${found}`}>
      {times && <time class="when" dateTime={line.time} title={line.time}>{line.time && at(line.time)}</time>}
      {line.source && <span class={"source s" + (Number(line.source) % 6)}>{line.source}</span>}
      {json ? <>
        <button type="button" class="more" aria-expanded={open} aria-label="Fields" onClick={onToggle}>{open ? "▾" : "▸"}</button>
        <span>{json.message}</span>
        <span class="rest">{json.rest.map(([name, value]) => <span key={name}> <i>{name}=</i>{value}</span>)}</span>
      </> : spans(line.text).map((span, i) => (span.style ? <span key={i} class={span.style}>{span.text}</span> : span.text))}
      {line.text === "" && "\u00a0"}
    </div>
  );
}

/** In the reader's zone unless they want UTC; the date where it is not today's. */
const at = (time: string) => clock(Date.parse(time), timeForm.value === "UTC" ? "UTC" : "local", Date.now(), true);

/** As it is kept now, the whole of it. */
async function download(tab: LogTab, times: boolean): Promise<void> {
  const answer = await send("GET", tab.path + search({ ...tab.query, ...(times ? { timestamps: "true" } : {}) }));
  save(await answer.blob(), tab.title.replace(/[^\w.-]+/g, "-") + ".log");
}
