import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { signedIn, whoAmI } from "../api/http";
import { startFleet } from "../api/fleet";
import { startInbox } from "../api/inbox";
import { startLive } from "../api/live";
import { place } from "../lib/route";
import { Announcer } from "../ui/announce";
import { Empty, Notice } from "../ui/basic";
import { Dock } from "../ui/dock";
import { ShellKeys } from "./keys";
import { Expired, SignIn } from "./login";
import { Palette } from "./palette";
import { pageOf } from "./pages";
import { Rail } from "./rail";
import { TopBar } from "./topbar";

let started = false;

/** Once, after the first sign in: who signs in again goes on with what is there. */
function start(): void {
  if (started) return;
  started = true;
  void whoAmI();
  startLive();
  startFleet();
  startInbox();
}

export function App() {
  return (
    <>
      {signedIn.value ? <Frame /> : <SignIn />}
      <Announcer />
    </>
  );
}

function Frame() {
  useEffect(start, []);
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.querySelector<HTMLElement>("main h1")?.focus(); }}>Skip to the content</a>
      <TopBar />
      <Rail />
      <Page />
      <Dock />
      <Palette />
      <ShellKeys />
      <Expired />
    </div>
  );
}

const loadedPages = new Map<string, ComponentType>();

/** Pages come when they are first gone to, and then stay. */
function Page() {
  const arrived = useSignal(0);
  const problem = useSignal("");
  const entry = pageOf(place.value.page);
  useEffect(() => {
    let here = true;
    document.title = (entry?.title ?? "Not found") + " · AIWM";
    if (!entry) return undefined;
    entry.load().then((loaded) => {
      if (!here) return;
      problem.value = "";
      loadedPages.set(entry.name, loaded);
      arrived.value++;
      requestAnimationFrame(() => document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true }));
    }, () => {
      // a newer version of the page may have other files
      if (here) problem.value = "This part of the page could not be loaded. Reload the page.";
    });
    return () => { here = false; };
  }, [entry]);
  if (!entry) {
    return <main><h1 tabIndex={-1}>Not found</h1><Empty title={`There is no page "${place.value.page}"`}><p>Ctrl K finds pages, and all that has a name.</p></Empty></main>;
  }
  // a page is shown for its own address alone: the one before would read the new one as its own
  const Shown = arrived.value >= 0 && loadedPages.get(entry.name);
  return problem.value ? <main><h1 tabIndex={-1}>{entry.title}</h1><Notice>{problem.value}</Notice></main> : Shown ? <Shown /> : <main aria-busy="true"><h1 tabIndex={-1}>{entry.title}</h1></main>;
}
