import { signal } from "@preact/signals";

const said = signal("");
const shown = signal("");
let timer: ReturnType<typeof setTimeout> | undefined;

/** Tells those who hear the page what those who see it have seen. */
export function say(text: string): void {
  said.value = text;
}

/** Tells everyone: it is read aloud, and stands at the lower edge for a moment. */
export function announce(text: string): void {
  said.value = text;
  shown.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => { shown.value = ""; }, 4_000);
}

export function Announcer() {
  return (
    <>
      <div class="unseen announcer" role="status" aria-live="polite">{said.value}</div>
      {shown.value && <div class="toast" aria-hidden="true">{shown.value}</div>}
    </>
  );
}
