import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { denied } from "../../api/http";
import { age, bytes } from "../../lib/format";
import { href, place } from "../../lib/route";
import { Meter, Notice, Status, Time } from "../../ui/basic";
import { Button } from "../../ui/button";
import { Check, Choice, Field } from "../../ui/field";
import { Inspector } from "../../ui/inspector";
import { begin, giveUp, going, type Going, type Unfinished, unfinished } from "./uploads";
import { stem } from "./stem";

export function Upload() {
  const name = useSignal(place.value.query.name ?? "");
  const task = useSignal("text-generation");
  const more = useSignal(false);
  /** The name that was taken from a file, until somebody writes another. */
  const proposed = useSignal("");
  const file = useSignal<File | null>(null);
  const problem = useSignal("");
  const left = useSignal<Unfinished[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const count = going.value.length;
  const choose = (chosen: File | null) => {
    file.value = chosen;
    problem.value = "";
    if (chosen && (name.value === "" || name.value === proposed.value)) name.value = proposed.value = stem(chosen.name);
  };
  useEffect(() => { void unfinished().then((found) => { left.value = found; }); }, [count]);
  const start = () => {
    if (!file.value) { problem.value = "Choose a file first"; return; }
    problem.value = "";
    begin(file.value, { name: name.value.trim(), task: task.value, ...(more.value && { complete: "false" }) });
    file.value = null;
    // what has been chosen is on its way, and not chosen any more
    if (input.current) input.current.value = "";
    if (!more.value) name.value = proposed.value = "";
  };
  return (
    <Inspector title="Upload a model">
      <form class="form" id="upload" onSubmit={(event) => { event.preventDefault(); start(); }}>
        <label class="drop" onDragOver={(event) => event.preventDefault()} onDrop={(event) => { event.preventDefault(); choose(event.dataTransfer?.files[0] ?? null); }}>
          <input type="file" name="file" ref={input} onChange={(event) => choose(event.currentTarget.files?.[0] ?? null)} />
          <span>{file.value ? `${file.value.name}, ${bytes(file.value.size)}` : "Choose a file, or drop one here"}</span>
        </label>
        <Field label="Name of the model" name="name" required help="Such as qwen or team/qwen. A name that there is gets a new version" value={name.value} onInput={(event) => { name.value = event.currentTarget.value; }} />
        <Choice label="Task" name="task" value={task.value} options={[["text-generation", "text generation"], ["embedding", "embedding"], ["rerank", "rerank"], ["other", "other"]]} onChange={(next) => { task.value = next; }} />
        <Check label="More files of this version follow" name="more" checked={more.value} onChange={(next) => { more.value = next; }} />
        <Notice>{problem.value}</Notice>
        <div class="actions"><Button label="Upload" type="submit" kind="primary" why={denied()} onPress={() => undefined} /></div>
      </form>
      {left.value.length > 0 && <section aria-label="Broken off"><h3>Broken off</h3><ul class="uploads">{left.value.slice(0, 5).map((one) => (
        <li key={one.file + one.since}><div class="split"><Status of="PAUSED" word="Broken off" /><b class="text">{one.file}</b><span class="muted">{bytes(one.size)} · <Time at={one.since} /></span></div>
          <p class="muted">Of {one.model}. Choose the same file again, and it goes on.</p></li>))}</ul></section>}
      <p class="muted">A lost connection is no loss: it goes on by itself. After a reload of the page, choose the same file again, and it goes on from where it was.</p>
      <ul class="uploads" aria-label="Uploads">{going.value.map((one) => <One key={one.key} one={one} />)}</ul>
    </Inspector>
  );
}

const STATES = { going: "UPLOADING", waiting: "RETRYING", done: "COMPLETED", failed: "FAILED" } as const;

function One({ one }: { one: Going }) {
  const left = one.bytesPerSecond > 0 ? ((one.size - one.done) / one.bytesPerSecond) * 1000 : null;
  return (
    <li>
      <div class="split"><b class="text">{one.file}</b><Status of={STATES[one.state]} /><span class="end"><Button label={one.state === "done" || one.state === "failed" ? "Hide" : "Give up"} onPress={() => giveUp(one)} /></span></div>
      <Meter part={one.done} whole={Math.max(1, one.size)} tone={one.state === "failed" ? "fail" : one.state === "done" ? "ok" : "run"} label={`${bytes(one.done)} of ${bytes(one.size)}`} />
      <p class="num">{bytes(one.done)} of {bytes(one.size)}{one.state === "going" && one.bytesPerSecond > 0 ? `, ${bytes(one.bytesPerSecond)}/s${left !== null ? `, ${age(left)} left` : ""}` : ""}</p>
      {one.state === "done" && <p class="actions"><a class="btn" href={href("models", [], { q: one.model })}>Show {one.model}</a><a class="btn primary" href={href("deployments", ["new"], { model: one.model, engine: one.file.endsWith(".safetensors") ? "vllm" : undefined })}>Deploy it</a></p>}
      {one.says && <p class={one.state === "failed" ? "why fail" : "muted"}>{one.says}</p>}
    </li>
  );
}
