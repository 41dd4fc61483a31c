import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { at, call, denied } from "../../api/http";
import type { Tool } from "../../api/types.gen";
import { href } from "../../lib/route";
import { Notice } from "../../ui/basic";
import { Button, useAct } from "../../ui/button";
import { Choice, Field } from "../../ui/field";
import { Inspector } from "../../ui/inspector";
import { type Draft, draftOf, EMPTY, toolFrom } from "./tool-draft";

export function NewTool({ like }: { like?: string }) {
  const draft = useSignal<Draft>(EMPTY);
  const { act, problem, busy } = useAct();
  useEffect(() => { if (like) void call<Tool>("GET", at("tools", like)).then((tool) => { draft.value = draftOf(tool); }, () => undefined); }, [like]);
  const now = draft.value;
  const set = (change: Partial<Draft>) => { draft.value = { ...draft.value, ...change }; };
  const text = (name: keyof Draft, label: string, more: { help?: string; required?: boolean } = {}) => <Field label={label} name={name} value={now[name]} {...more} onInput={(event) => set({ [name]: event.currentTarget.value })} />;
  const make = () => act("Create tool", async (go) => {
    const made = await call<Tool>("POST", at("tools"), toolFrom(draft.value));
    go(href("agents", [made.id!]));
  });
  return (
    <Inspector title="New tool">
      <form class="form" id="tool-form" onSubmit={(event) => { event.preventDefault(); void make(); }}>
        {text("name", "Name, by which models call it", { required: true })}
        {text("description", "What it does, which models are told")}
        <div class="side-by-side">
          <Choice label="Kind" name="kind" value={now.kind} options={[["http", "a request"], ["mcp", "an MCP server"], ["aiwm", "operations of this API"], ["job", "a job"]]} onChange={(kind) => set({ kind })} />
          <Choice label="When it is called" name="approval" value={now.approval} options={[["auto", "at once"], ["ask", "somebody is asked first"], ["deny", "never"]]} onChange={(approval) => set({ approval })} />
        </div>
        {now.approval === "ask" && <div class="side-by-side">
          {text("waits", "How long it waits for approval", { required: true, help: "15 min, or 1 h 30 min; the end of the turn ends it too" })}
          <Choice label="If nobody decides" name="unanswered" value={now.unanswered} options={[["deny", "it is not called"], ["approve", "it is called all the same"]]} onChange={(unanswered) => set({ unanswered })} />
        </div>}
        {now.approval === "ask" && now.unanswered === "approve" && <Notice tone="warn">Nobody need agree: what the tool changes is changed when the time is over. A call that may have been made already is never repeated so.</Notice>}
        {now.kind === "http" && <><Choice label="Method" name="method" value={now.method} options={["GET", "POST", "PUT", "PATCH", "DELETE"].map((one) => [one, one])} onChange={(method) => set({ method })} />
          {text("url", "URL", { required: true, help: "https://weather.example/cities/{city}: arguments stand in it as {name}" })}</>}
        {now.kind === "mcp" && <>{text("deployment", "Deployment that serves it")}{text("url", "Or the URL of a server elsewhere")}</>}
        {now.kind === "aiwm" && text("operations", "Operations", { required: true, help: "listNodes getJob: operationIds of the API, with a space between them" })}
        {now.kind === "job" && <>{text("image", "Image", { required: true })}{text("command", "Command", { help: "It reads its arguments as JSON from standard input" })}</>}
        {(now.kind === "http" || now.kind === "mcp") && text("secret", "Stored secret that is sent as Authorization")}
        {(now.kind === "http" || now.kind === "job") && <label class="field"><span>What it takes, as a JSON Schema</span><textarea name="input" class="mono" rows={6} spellcheck={false} value={now.input} onInput={(event) => set({ input: event.currentTarget.value })} /></label>}
        <Notice>{problem.value}</Notice>
        <div class="actions"><Button label="Create tool" type="submit" kind="primary" why={denied() ?? (busy.value || null)} onPress={() => undefined} /></div>
      </form>
    </Inspector>
  );
}
