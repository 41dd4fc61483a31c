import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useRead } from "../../api/hooks";
import { words } from "../../api/http";
import { events } from "../../api/sse";
import type { InferenceModel } from "../../api/types.gen";
import { duration, grouped } from "../../lib/format";
import { place, setQuery } from "../../lib/route";
import { Copy, Facts, Notice, Status } from "../../ui/basic";
import { Button } from "../../ui/button";
import { Choice, Field } from "../../ui/field";
import { Text } from "../agents/chat";
import { type Answer, take } from "./answer";
import { choicesOf, firstOf } from "./choices";
import { Head } from "./head";
import { ShownCall } from "./shown-call";

const PATH = "/v1/chat/completions";

/** One call of a model through the gateway, with the rights of who is signed in, and the same as a command. */
export function Try() {
  const models = useRead<{ items?: InferenceModel[] }>("/api/inference/models?pageSize=1000", { every: 10_000 }).value.value?.items;
  const model = place.value.query.model ?? firstOf(models ?? []);
  const system = useSignal("");
  const prompt = useSignal("Say hello.");
  const temperature = useSignal("");
  const most = useSignal("256");
  const answer = useSignal<Answer | null>(null);
  const problem = useSignal("");
  const running = useRef<AbortController | null>(null);
  const busy = useSignal(false);
  useEffect(() => () => running.current?.abort(), []);
  const body = {
    model, stream: true, stream_options: { include_usage: true },
    messages: [...(system.value.trim() ? [{ role: "system", content: system.value.trim() }] : []), { role: "user", content: prompt.value }],
    ...(temperature.value.trim() && { temperature: Number(temperature.value) }), ...(most.value.trim() && { max_tokens: Number(most.value) }),
  };
  const send = async () => {
    running.current?.abort();
    const mine = (running.current = new AbortController());
    const began = performance.now();
    const now: Answer = { text: "", thoughts: "" };
    let frame = 0;
    const paint = () => { frame = 0; answer.value = { ...now }; };
    problem.value = "";
    busy.value = true;
    paint();
    try {
      await events("POST", PATH, body, mine.signal, (event) => {
        if (mine.signal.aborted || event.data === "[DONE]") return;
        take(now, JSON.parse(event.data), performance.now() - began);
        frame ||= requestAnimationFrame(paint);
      });
    } catch (cause) {
      if (!mine.signal.aborted) problem.value = words(cause);
    } finally {
      cancelAnimationFrame(frame);
      now.wholeMs = performance.now() - began;
      if (mine.signal.aborted) now.finish = "stopped";
      paint();
      if (running.current === mine) busy.value = false;
    }
  };
  return (
    <main id="main" class="parts">
      <Head />
      <div class="try">
        <form class="form" id="try-form" onSubmit={(event) => { event.preventDefault(); void send(); }}>
          {models?.length ? <Choice label="Model" name="model" value={model} options={choicesOf(models, model)} onChange={(next) => setQuery({ model: next })} />
            : <Field label="Model" name="model" required help="Nothing can be called now" value={model} onInput={(event) => setQuery({ model: event.currentTarget.value })} />}
          <label class="field"><span>Instruction</span><textarea name="system" rows={2} value={system.value} onInput={(event) => { system.value = event.currentTarget.value; }} /></label>
          <label class="field"><span>Prompt</span><textarea name="prompt" rows={4} value={prompt.value} onInput={(event) => { prompt.value = event.currentTarget.value; }} onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); void send(); } }} /></label>
          <div class="side-by-side">
            <Field label="Temperature" name="temperature" inputMode="decimal" value={temperature.value} onInput={(event) => { temperature.value = event.currentTarget.value; }} />
            <Field label="Max tokens" name="most" inputMode="numeric" value={most.value} onInput={(event) => { most.value = event.currentTarget.value; }} />
          </div>
          <div class="actions"><Button label="Send" type="submit" kind="primary" hint="Ctrl Enter" why={!model ? "Choose a model" : !prompt.value.trim() ? "The prompt is empty" : busy.value ? "It answers" : null} onPress={() => undefined} />
            {busy.value && <Button label="Stop" kind="danger" onPress={() => running.current?.abort()} />}</div>
          <p class="muted small">It counts for you, in the usage and in the limits of your team.</p>
        </form>
        <section aria-label="Answer" aria-busy={busy.value}>
          <Notice>{problem.value}</Notice>
          <div class="answer-box">{answer.value === null ? <p class="muted">The answer comes here, word by word.</p> : <>
            {answer.value.thoughts && <details><summary>Thinking, {grouped(answer.value.thoughts.length)} characters</summary><p class="prose muted">{answer.value.thoughts}</p></details>}
            <Text text={answer.value.text} />
            {busy.value && <Status of="RUNNING" word={answer.value.text ? "Answers" : "Waits for the first token"} />}
            {answer.value.text && !busy.value && <Copy text={answer.value.text}>Copy the answer</Copy>}
          </>}</div>
          {answer.value?.wholeMs !== undefined && !busy.value && <Facts facts={factsOf(answer.value)} />}
          <ShownCall path={PATH} body={body} />
        </section>
      </div>
    </main>
  );
}

function factsOf(answer: Answer): [string, string | undefined][] {
  const rest = (answer.wholeMs ?? 0) - (answer.firstMs ?? 0);
  return [["First token", answer.firstMs === undefined ? undefined : duration(answer.firstMs)], ["Whole answer", duration(answer.wholeMs ?? 0)], ["Tokens in, out", answer.completionTokens === undefined ? undefined : `${grouped(answer.promptTokens)} · ${grouped(answer.completionTokens)}`],
    ["Tokens a second", answer.completionTokens && answer.completionTokens > 1 && rest > 1 ? grouped(Math.round((1000 * answer.completionTokens) / rest)) : undefined], ["Ended by", answer.finish]];
}
