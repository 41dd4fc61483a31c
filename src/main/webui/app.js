// Puts the page together: sign in, three lists, inspector, logs, and the pill that says how fresh it all is.
import { actionsFor, deploymentForm } from "./actions.js";
import { follow, signedIn, signIn, signOut, whenSignedOut } from "./api.js";
import { age, glyph, h, keyed } from "./dom.js";
import { Live } from "./live.js";
import { Store } from "./store.js";
import { inspector, KINDS, listView, title } from "./views.js";

const MOST_LOG_CHARS = 400_000;
const root = document.getElementById("app");
let leave = () => {};

function showSignIn(why) {
  leave();
  document.title = "Sign in · AIWM";
  const problem = h("p", { class: "note", role: "alert", hidden: !why }, why);
  const form = h("form", {
    class: "signin", id: "signin", onsubmit: async (event) => {
      event.preventDefault();
      const { username, password } = Object.fromEntries(new FormData(form));
      try {
        await signIn(username, password);
        showPage();
      } catch (refusal) {
        problem.textContent = refusal.message;
        problem.hidden = false;
      }
    },
  },
  h("h1", {}, "AIWM"),
  h("label", {}, "Name", h("input", { name: "username", autocomplete: "username", required: true, value: "admin" })),
  h("label", {}, "Password", h("input", { name: "password", type: "password", autocomplete: "current-password", required: true })),
  problem,
  h("button", { class: "btn primary", type: "submit" }, "Sign in"));
  root.replaceChildren(form);
  form.elements.password.focus();
}

function showPage() {
  let drawing = false;
  let creating = false;
  let logs = null;
  const draw = () => {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => { drawing = false; paint(); });
  };
  const store = new Store(draw);
  const live = new Live({
    kinds: KINDS,
    onChange: (message) => store.apply(message),
    onConnected: () => store.reload().then(readSelected),
  });

  const place = () => {
    const [kind, id] = location.hash.slice(1).split("/").map(decodeURIComponent);
    return { kind: KINDS.includes(kind) ? kind : "deployments", id: id || null };
  };
  const go = (kind, id) => { location.hash = "#" + kind + (id ? "/" + encodeURIComponent(id) : ""); };
  const readSelected = () => { const { kind, id } = place(); if (id) store.readOne(kind, id); };

  const views = Object.fromEntries(KINDS.map((kind) => [kind, listView(kind, {
    onNew: () => { creating = true; drawnFor = null; go("deployments", null); draw(); },
  })]));
  const pill = h("span", { class: "live", id: "live" });
  const nav = h("nav", { "aria-label": "Main" });
  const main = h("main");
  const side = h("aside", { "aria-label": "Details", hidden: true });
  const notice = h("p", { class: "note", role: "alert", hidden: true });
  const logText = h("pre", { tabindex: "0", "aria-label": "Log" });
  const logName = h("b");
  const logState = h("span");
  const dock = h("section", { class: "dock", "aria-label": "Logs", hidden: true },
    h("div", { class: "tab" }, logName, logState, h("button", { class: "btn", onclick: () => closeLogs() }, "Close logs")), logText);
  root.replaceChildren(h("div", { class: "frame" },
    h("header", {}, h("span", { class: "brand" }, "AIWM"), pill,
      h("a", { href: "/api-docs/" }, "API"), h("button", { class: "btn", onclick: signOut }, "Sign out")),
    nav, main, side, dock));

  async function run(act) {
    notice.hidden = true;
    try {
      await act();
    } catch (refusal) {
      notice.textContent = refusal.message;
      notice.hidden = false;
    }
    readSelected();
  }

  function closeLogs() {
    logs?.abort();
    logs = null;
    dock.hidden = true;
  }

  async function showLogs(item) {
    closeLogs();
    const mine = logs = new AbortController();
    logName.textContent = item.name;
    logState.textContent = "Following";
    logText.replaceChildren();
    dock.hidden = false;
    try {
      await follow(`/api/deployments/${encodeURIComponent(item.id)}/logs?follow=true&tail=200`, mine.signal, (text) => {
        const atEnd = logText.scrollHeight - logText.scrollTop - logText.clientHeight < 20;
        logText.append(text);
        while (logText.textContent.length > MOST_LOG_CHARS) logText.firstChild.remove();
        if (atEnd) logText.scrollTop = logText.scrollHeight;
        logState.textContent = atEnd ? "Following" : "Paused while you read; scroll down to follow";
      });
      if (logs === mine) logState.textContent = "Ended";
    } catch (refusal) {
      if (logs === mine) logState.textContent = refusal.message;
    }
  }

  let drawnFor = null;
  function paintSide(kind, item) {
    const wanted = creating ? "new" : item ? JSON.stringify([kind, item]) : null;
    side.hidden = wanted === null;
    if (wanted === drawnFor) return;
    const focused = side.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    drawnFor = wanted;
    if (creating) {
      side.replaceChildren(...deploymentForm({
        onDone: (made) => { creating = false; store.merge("deployments", made); go("deployments", made.id); draw(); },
        onClose: () => { creating = false; draw(); },
      }));
      side.querySelector("input").focus();
    } else if (item) {
      side.replaceChildren(...inspector(kind, item, actionsFor(kind, item, { run, showLogs }), () => go(kind, null)), notice);
      if (focused) side.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
    }
  }

  function paint() {
    const { kind, id } = place();
    document.title = title(kind) + " · AIWM";
    keyed(nav, KINDS.map((k) => [k, { k, here: k === kind, count: store.totals[k] ?? store.kinds[k].size }]), ({ k, here, count }) =>
      h("a", { href: "#" + k, "aria-current": here && "page", "data-focus": "nav-" + k }, title(k), h("span", {}, String(count))));
    if (main.firstChild !== views[kind].root) main.replaceChildren(views[kind].root);
    views[kind].draw(store, id, (chosen) => { creating = false; go(kind, chosen); });
    paintSide(kind, id ? store.kinds[kind].get(id) : null);
    paintPill();
  }

  let pillText = "";
  function paintPill() {
    const old = age(live.age);
    const [kind, picture, words] = live.connected
      ? live.age < 6_000 ? ["ok", "ok", "Live · " + old] : ["warn", "warn", "Stale · " + old]
      : live.heardAt === 0 ? ["idle", "idle", "Connecting"] : ["fail", "fail", `Reconnecting · data ${old} old`];
    if (words === pillText) return;
    pillText = words;
    pill.className = "live " + kind;
    pill.replaceChildren(glyph(picture), words);
  }

  const moved = () => { notice.hidden = true; readSelected(); draw(); };
  addEventListener("hashchange", moved);
  const ticking = setInterval(paintPill, 500);
  leave = () => {
    removeEventListener("hashchange", moved);
    clearInterval(ticking);
    closeLogs();
    live.stop();
    leave = () => {};
  };
  live.start();
  store.reload().then(readSelected);
  draw();
}

whenSignedOut(() => showSignIn("You are signed out."));
if (signedIn()) showPage();
else showSignIn("");
