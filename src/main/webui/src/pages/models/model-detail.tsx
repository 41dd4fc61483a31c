import { useSignal } from "@preact/signals";
import { deployments, nodes } from "../../api/fleet";
import { useRead } from "../../api/hooks";
import { at, call, denied } from "../../api/http";
import type { Model, ModelEstimate, ModelVersion } from "../../api/types.gen";
import { bytes, grouped, plural } from "../../lib/format";
import { href } from "../../lib/route";
import { Copy, Facts, Meter, Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { Field } from "../../ui/field";
import { Inspector, openTab } from "../../ui/inspector";
import { infoOf, parametersText } from "./compare";
import { Compare } from "./compare-view";

const TABS: [string, string][] = [["versions", "Versions"], ["compare", "Compare"], ["where", "Where"], ["fit", "Fit"], ["about", "About"]];
const EVERY_MS = 3_000;
const engineFor = (format: string | undefined) => (!format || format === "gguf" ? undefined : "vllm");
type Act = (what: string, run: () => Promise<unknown>) => Promise<void>;

export function ModelDetail({ id }: { id: string }) {
  const read = useRead<Model>(at("models", id), { every: EVERY_MS });
  const versions = useRead<{ items?: ModelVersion[] }>(at("models", id, "versions") + "?pageSize=100", { every: EVERY_MS });
  const { act, problem } = useAct(() => { read.again(); versions.again(); });
  const model = read.value.value;
  if (!model) return <Inspector title={id}><Notice>{read.problem.value?.status === 404 ? "There is no such model: it was deleted, or never was" : read.problem.value?.message}</Notice></Inspector>;
  const tab = openTab(TABS);
  const used = deployments.items.value.filter((one) => one.model?.name === model.name || one.model?.id === model.id);
  return (
    <Inspector title={model.name ?? id} id={model.id} tabs={TABS} status={model.newest && <Status of={model.newest.state} />} actions={<>
      {model.newest?.state === "READY" && <a class="btn primary" href={href("deployments", ["new"], { model: model.name, engine: engineFor(model.newest.format) })}>Deploy</a>}
      <a class="btn" href={href("models", ["upload"], { name: model.name })}>New version</a>
      <Confirm label="Delete" typed={model.name} ask={used.length > 0 ? `${plural(used.length, "deployment")} use it: ${used.slice(0, 3).map((one) => one.name).join(", ")}.` : `Delete ${model.name}, with all its versions?`} yes="Delete" why={denied()} onPress={() => act("Delete", async (go) => { await call("DELETE", at("models", id) + (used.length > 0 ? "?force=true" : "")); go(href("models")); })} />
    </>}>
      <Notice>{problem.value}</Notice>
      {tab === "versions" && <Versions model={model} versions={versions.value.value?.items ?? []} act={act} />}
      {tab === "compare" && versions.value.value && <Compare model={model} versions={versions.value.value.items ?? []} />}
      {tab === "where" && <Where model={model} />}
      {tab === "fit" && <Fit id={id} />}
      {tab === "about" && <Facts facts={[["Description", model.description], ["Task", model.task], ["Tags", model.tags?.join(", ")], ["License", model.license], ["Created by", model.createdBy], ["Created", <Time key="m" at={model.createdAt} />], ["Changed", <Time key="c" at={model.updatedAt} />]]} />}
    </Inspector>
  );
}

function Versions({ model, versions, act }: { model: Model; versions: ModelVersion[]; act: Act }) {
  const path = (...rest: (string | number)[]) => at("models", model.id!, ...rest);
  return (
    <ol class="generations">{versions.map((version) => {
      const names = Object.entries(model.aliases ?? {}).filter(([, number]) => number === version.number).map(([alias]) => alias);
      const transfer = version.transfer;
      return (
        <li key={version.id}>
          <div class="split"><b>Version {version.number}</b><Status of={version.state} />{names.map((alias) => <span key={alias} class="tag">{alias}<Button kind="quiet" label={`Remove the alias ${alias}`} why={denied()} onPress={() => act("Remove alias", () => call("DELETE", path("aliases", alias)))}><span class="unseen">Remove the alias {alias}</span><span aria-hidden="true">✕</span></Button></span>)}
            <span class="end num">{bytes(version.sizeBytes)}</span></div>
          {transfer?.bytesTotal ? <p><Meter part={transfer.bytesDone ?? 0} whole={transfer.bytesTotal} label="Download" /> <span class="num">{bytes(transfer.bytesDone)} of {bytes(transfer.bytesTotal)}{transfer.bytesPerSecond ? `, ${bytes(transfer.bytesPerSecond)}/s` : ""}</span></p> : null}
          {version.reason && <p class="why">{version.reason}</p>}
          <p class="muted">{factsOf(version)} · {version.createdBy} · <Time at={version.createdAt} />{version.executionId && <> · <a href={href("executions", [version.executionId])}>execution</a></>}</p>
          <More model={model} version={version} act={act} />
        </li>
      );
    })}{versions.length === 0 && <li class="muted">It has no version yet. Upload a file to make one.</li>}</ol>
  );
}

/** In one line what it is: GGUF, 494 M parameters, Q4_K_M, 1 file. */
function factsOf(version: ModelVersion): string {
  const info = infoOf(version);
  return [version.format, info.parameters === undefined ? undefined : parametersText(info.parameters) + " parameters", info.quantization, plural(version.fileCount ?? 0, "file")].filter(Boolean).join(" · ");
}

function More({ model, version, act }: { model: Model; version: ModelVersion; act: Act }) {
  const open = useSignal(false);
  const alias = useSignal("");
  const path = at("models", model.id!, "versions", version.number!);
  const full = useRead<ModelVersion>(open.value ? path : null).value.value;
  return (
    <details onToggle={(event) => { open.value = event.currentTarget.open; }}><summary>Files, alias, nodes</summary>
      {full?.files?.map((file) => <Facts key={file.path} facts={[[file.path ?? "", bytes(file.sizeBytes)], ["SHA-256", file.sha256 && <Copy text={file.sha256}>{file.sha256.slice(0, 16)}…</Copy>]]} />)}
      <form class="inline-form" onSubmit={(event) => { event.preventDefault(); void act("Set alias", () => call("PUT", at("models", model.id!, "aliases", alias.value.trim()), { version: version.number })); }}>
        <Field label="Alias that means this version" name="alias" value={alias.value} required pattern="[A-Za-z][A-Za-z0-9._\-]{0,62}" onInput={(event) => { alias.value = event.currentTarget.value; }} />
        <Button label="Set" type="submit" why={denied()} onPress={() => undefined} />
      </form>
      <div class="actions">
        <Confirm label="Bring to all nodes" kind="primary" ask={`Bring ${bytes(version.sizeBytes)} to each node that is up?`} why={denied() ?? (version.state === "READY" ? null : "It is not ready")} onPress={() => act("Bring to nodes", () => call("POST", path + "/warm", {}))} />
        <Confirm label="Remove from nodes" ask="Remove it from the caches of all nodes?" why={denied()} onPress={() => act("Remove from nodes", () => call("POST", path + "/evict", {}))} />
        <Confirm label="Delete version" ask={`Delete version ${version.number}?`} why={denied()} onPress={() => act("Delete version", () => call("DELETE", path))} />
      </div>
    </details>
  );
}

function Where({ model }: { model: Model }) {
  const held = useRead<{ items?: { id: string; models?: { name: string; version?: string; sizeBytes?: number; inUse?: boolean; pinned?: boolean }[] }[] }>(null).value.value;
  const used = deployments.items.value.filter((one) => one.model?.name === model.name || one.model?.id === model.id);
  const name = model.name?.replaceAll("/", "--");
  const have = (held?.items ?? nodes.items.value).flatMap((node) => (node.models ?? []).filter((one) => one.name === name || one.name === model.id).map((one) => ({ node, one })));
  return (
    <>
      <h3>Deployments that serve it</h3>
      {used.length === 0 && <p class="muted">None.</p>}
      <ul class="rows">{used.map((one) => <li key={one.id}><a href={href("deployments", [one.id])}><Status of={one.status} /><span class="text">{one.name}</span><span class="muted">version {one.model?.number}</span></a></li>)}</ul>
      {have.length > 0 && <><h3>Nodes that have it</h3><ul class="rows">{have.map(({ node, one }) => <li key={node.id + one.version}><a href={href("nodes", [node.id])}><span class="text mono">{node.id}</span><span class="muted">{one.version} {bytes(one.sizeBytes)}{one.pinned ? ", pinned" : ""}{one.inUse ? ", in use" : ""}</span></a></li>)}</ul></>}
    </>
  );
}

/** What it takes in an engine, and where it would fit now. */
function Fit({ id }: { id: string }) {
  const context = useSignal("8192");
  const parallel = useSignal("1");
  const gpus = useSignal("1");
  const engine = useSignal("llamacpp");
  const estimate = useSignal<ModelEstimate | null>(null);
  const { act, problem, busy } = useAct();
  const ask = () => act("Estimate", async () => {
    estimate.value = await call<ModelEstimate>("POST", at("models", id, "estimate"), { engine: engine.value, context: Number(context.value), parallel: Number(parallel.value), gpus: { count: Number(gpus.value) } });
  });
  const result = estimate.value;
  const parts = (result?.estimated?.parts ?? []) as { name: string; memoryBytes?: number; gpuMemoryBytes?: number }[];
  const fits = result?.fitsNow as { fits?: boolean; nodes?: { nodeId: string; count: number }[]; shortOf?: { message?: string } } | undefined;
  return (
    <>
      <form class="form" onSubmit={(event) => { event.preventDefault(); void ask(); }}>
        <label class="field"><span>Engine</span><select value={engine.value} onChange={(event) => { engine.value = event.currentTarget.value; }}>{["llamacpp", "vllm", "tgi", "ollama"].map((one) => <option key={one}>{one}</option>)}</select></label>
        <div class="side-by-side">
          <Field label="Context, tokens" name="context" inputMode="numeric" value={context.value} onInput={(event) => { context.value = event.currentTarget.value; }} />
          <Field label="At the same time" name="parallel" inputMode="numeric" value={parallel.value} onInput={(event) => { parallel.value = event.currentTarget.value; }} />
          <Field label="GPUs" name="gpus" inputMode="numeric" value={gpus.value} onInput={(event) => { gpus.value = event.currentTarget.value; }} />
        </div>
        <div class="actions"><Button label="Estimate" type="submit" kind="primary" why={busy.value || null} onPress={() => undefined} /></div>
      </form>
      <Notice>{problem.value}</Notice>
      {result && <>
        <Facts facts={[["In all", bytes(result.totalBytes)], ["Of the host", bytes(result.memoryBytes)], ["Of each GPU", result.gpuMemoryBytes?.map(bytes).join(", ")]]} />
        <table class="plain"><thead><tr><th scope="col">Part</th><th scope="col" class="num">Host</th><th scope="col" class="num">GPUs</th></tr></thead><tbody>{parts.map((part) => <tr key={part.name}><td>{part.name}</td><td class="num">{bytes(part.memoryBytes)}</td><td class="num">{bytes(part.gpuMemoryBytes)}</td></tr>)}</tbody></table>
        {fits && <p><Status of={fits.fits ? "READY" : "DEGRADED"} word={fits.fits ? `Fits now, for example on ${fits.nodes?.[0]?.nodeId ?? "a node"}` : "Fits nowhere now"} /> <span class="muted">{fits.shortOf?.message}</span></p>}
        <p class="muted small">{grouped(parts.length)} parts; {((result.estimated?.basis as string[] | undefined) ?? []).join("; ")}</p>
      </>}
    </>
  );
}
