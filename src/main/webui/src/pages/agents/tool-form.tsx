import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { at, call, denied } from "../../api/http";
import type { Tool } from "../../api/types.gen";
import { go, href } from "../../lib/route";
import { Notice } from "../../ui/basic";
import { Button, useAct } from "../../ui/button";
import { Choice, Field } from "../../ui/field";
import { Inspector } from "../../ui/inspector";
import { words } from "../deployments/request";

interface Draft { name: string; description: string; kind: string; approval: string; method: string; url: string; deployment: string; operations: string; image: string; command: string; secret: string; input: string }

const EMPTY: Draft = { name: "", description: "", kind: "http", approval: "auto", method: "GET", url: "", deployment: "", operations: "", image: "", command: "", secret: "", input: '{\n  "type": "object",\n  "properties": {}\n}' };

/** From what somebody wrote to what the API takes. Pure. */
export function toolFrom(draft: Draft): Record<string, unknown> {
  const tool: Record<string, unknown> = { name: draft.name.trim(), kind: draft.kind, approval: draft.approval };
  if (draft.description.trim()) tool.description = draft.description.trim();
  if (draft.kind === "http") tool.http = { method: draft.method, url: draft.url.trim() };
  if (draft.kind === "mcp") tool.mcp = draft.deployment.trim() ? { deployment: draft.deployment.trim() } : { url: draft.url.trim() };
  if (draft.kind === "aiwm") tool.aiwm = { operations: draft.operations.split(/[\s,]+/).filter(Boolean) };
  if (draft.kind === "job") tool.job = { image: draft.image.trim(), ...(draft.command.trim() && { command: words(draft.command) }) };
  if (draft.secret.trim() && (draft.kind === "http" || draft.kind === "mcp")) tool.authorization = { secret: draft.secret.trim() };
  if (draft.kind === "http" || draft.kind === "job") {
    try {
      tool.input = JSON.parse(draft.input);
    } catch {
      throw new Error("What it takes is no JSON");
    }
  }
  return tool;
}

function draftOf(tool: Tool): Draft {
  return { ...EMPTY, name: tool.name + "-2", description: tool.description ?? "", kind: tool.kind ?? "http", approval: tool.approval ?? "auto", method: tool.http?.method ?? "GET", url: tool.http?.url ?? tool.mcp?.url ?? "", deployment: tool.mcp?.deployment ?? "",
    operations: tool.aiwm?.operations?.join(" ") ?? "", image: tool.job?.image ?? "", command: tool.job?.command?.map((word) => JSON.stringify(word)).join(" ") ?? "", secret: String((tool.authorization as { secret?: string } | undefined)?.secret ?? ""), input: tool.input ? JSON.stringify(tool.input, null, 2) : EMPTY.input };
}

export function NewTool({ like }: { like?: string }) {
  const draft = useSignal<Draft>(EMPTY);
  const { act, problem, busy } = useAct();
  useEffect(() => { if (like) void call<Tool>("GET", at("tools", like)).then((tool) => { draft.value = draftOf(tool); }, () => undefined); }, [like]);
  const now = draft.value;
  const set = (change: Partial<Draft>) => { draft.value = { ...draft.value, ...change }; };
  const text = (name: keyof Draft, label: string, more: { help?: string; required?: boolean } = {}) => <Field label={label} name={name} value={now[name]} {...more} onInput={(event) => set({ [name]: event.currentTarget.value })} />;
  const make = () => act("Make tool", async () => {
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
        {now.kind === "http" && <><Choice label="Method" name="method" value={now.method} options={["GET", "POST", "PUT", "PATCH", "DELETE"].map((one) => [one, one])} onChange={(method) => set({ method })} />
          {text("url", "URL", { required: true, help: "https://weather.example/cities/{city}: arguments stand in it as {name}" })}</>}
        {now.kind === "mcp" && <>{text("deployment", "Deployment that serves it")}{text("url", "Or the URL of a server elsewhere")}</>}
        {now.kind === "aiwm" && text("operations", "Operations", { required: true, help: "listNodes getJob: operationIds of the API, with a space between them" })}
        {now.kind === "job" && <>{text("image", "Image", { required: true })}{text("command", "Command", { help: "Its arguments are JSON in AIWM_TOOL_INPUT" })}</>}
        {(now.kind === "http" || now.kind === "mcp") && text("secret", "Stored secret that is sent as Authorization")}
        {(now.kind === "http" || now.kind === "job") && <label class="field"><span>What it takes, as a JSON Schema</span><textarea name="input" class="mono" rows={6} spellcheck={false} value={now.input} onInput={(event) => set({ input: event.currentTarget.value })} /></label>}
        <Notice>{problem.value}</Notice>
        <div class="actions"><Button label="Make tool" type="submit" kind="primary" why={denied() ?? (busy.value || null)} onPress={() => undefined} /></div>
      </form>
    </Inspector>
  );
}
