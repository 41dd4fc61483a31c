import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { nodes } from "../../api/fleet";
import { useOne, useRead } from "../../api/hooks";
import { at, denied } from "../../api/http";
import type { Node } from "../../api/types.gen";
import { bytes, grouped } from "../../lib/format";
import { href, opened } from "../../lib/route";
import { nodeReason, nodeStatus } from "../../lib/status";
import { Facts, Meter, Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { Inspector, openTab } from "../../ui/inspector";
import { call } from "../../api/http";
import { setOpen, stopDrain } from "./actions";
import { DrainPanel } from "./drain";
import { Gpus } from "./gpus";
import { NodeSettings } from "./node-settings";
import { NodeWork } from "./work";

const TABS: [string, string][] = [["machine", "Machine"], ["time", "Over time"], ["work", "Work"], ["drain", "Drain"], ["about", "About"]];
const EVERY_MS = 5_000;

export function NodeDetail({ id }: { id: string }) {
  const listed = useOne(nodes, id).value;
  const read = useRead<Node>(at("nodes", id), { every: EVERY_MS });
  const node = listed ?? read.value.value;
  const full = read.value.value;
  const { act, problem } = useAct(read.again);
  const tab = openTab(TABS);
  if (!node) return <Inspector title={id}><Notice>{read.problem.value?.status === 404 ? "There is no such node: it was removed" : read.problem.value?.message}</Notice></Inspector>;
  const open = node.schedulable !== false;
  const draining = Boolean(node.drain && !node.drain.outcome);
  return (
    <Inspector title={node.name || node.id} id={node.id} tabs={TABS} status={<Status of={nodeStatus(node)} />} actions={<>
      {draining
        ? <Button label="Stop drain" why={denied()} onPress={() => act("Stop drain", () => stopDrain(id))} />
        : open
          ? <><Button label="Cordon" why={denied()} onPress={() => act("Cordon", () => setOpen(id, false))} /><a class="btn" href={opened(id, "drain")}>Drain…</a></>
          : <Button label="Open for work" kind="primary" why={denied()} onPress={() => act("Open", () => setOpen(id, true))} />}
      <Confirm label="Remove" ask={`Remove ${node.name || node.id}?`} typed={node.name || node.id} why={denied() ?? (node.status === "OFFLINE" || node.status === "PENDING" ? null : "Its worker is connected. Stop the worker first, or drain it")} onPress={() => act("Remove", () => call("DELETE", at("nodes", id)))} />
    </>}>
      <Notice>{problem.value}</Notice>
      {nodeReason(node) && <Notice tone={nodeStatus(node) === "GPU_ERROR" ? "fail" : "warn"}>{nodeReason(node)}</Notice>}
      {tab === "machine" && <Machine node={node} full={full} act={act} />}
      {tab === "time" && <Later id={id} node={node} />}
      {tab === "work" && <NodeWork id={id} full={full} />}
      {tab === "drain" && <DrainPanel node={node} />}
      {tab === "about" && <><About node={node} /><NodeSettings node={full ?? node} act={act} /></>}
    </Inspector>
  );
}

type Act = ReturnType<typeof useAct>["act"];

function Amount({ name, used, promised, total, unit }: { name: string; used: number; promised: number; total: number; unit: (value: number) => string }) {
  return (
    <div class="amount"><span>{name}</span>
      <Meter part={used} mark={promised} whole={total} label={`${name}: ${unit(used)} used, ${unit(promised)} reserved of ${unit(total)}`} />
      <span class="num">{unit(used)} / {unit(promised)} / {unit(total)}</span>
    </div>
  );
}

function Machine({ node, full, act }: { node: Node; full: Node | null; act: Act }) {
  const cpu = node.system?.cpu as { cores?: number; usage?: number } | undefined;
  const memory = node.system?.memory as { totalBytes?: number; usedBytes?: number } | undefined;
  const disk = (node.system?.disks as { mount: string; totalBytes: number; usedBytes: number; work?: boolean }[] | undefined)?.find((one) => one.work);
  const amounts = full?.amounts;
  const cooldown = amounts?.cooldown;
  return (
    <>
      <h3>Used / reserved / total</h3>
      {cpu?.cores !== undefined && <Amount name="Cores" used={(cpu.usage ?? 0) * cpu.cores} promised={amounts?.cpu?.claimed ?? 0} total={cpu.cores} unit={(value) => grouped(+value.toFixed(1))} />}
      {memory && <Amount name="Memory" used={memory.usedBytes ?? 0} promised={amounts?.memory?.claimedBytes ?? 0} total={memory.totalBytes ?? 0} unit={bytes} />}
      {disk && <Amount name="Disk" used={disk.usedBytes} promised={amounts?.disk?.claimedBytes ?? 0} total={disk.totalBytes} unit={bytes} />}
      {amounts?.slots && <Amount name="Slots" used={amounts.slots.taken ?? 0} promised={amounts.slots.taken ?? 0} total={amounts.slots.total ?? 0} unit={grouped} />}
      {cooldown && <Notice tone="warn">It gets nothing new <Time at={cooldown.until} until />: work failed {cooldown.failures} times in a row. {cooldown.reason}</Notice>}
      <Gpus node={node} full={full} act={act} />
    </>
  );
}

function About({ node }: { node: Node }) {
  const system = node.system as Record<string, any> | undefined;
  const engine = system?.containerEngine;
  const gpu = system?.gpus?.[0];
  return (
    <Facts facts={[
      ["Host", node.hostname], ["Role", node.role], ["Zone", node.zone],
      ["Labels", Object.entries(node.labels ?? {}).map(([key, value]) => <span class="tag" key={key}>{key}={String(value)}</span>)],
      ["Can", (node.capabilities ?? []).join(", ")],
      ["System", [system?.os?.name, system?.os?.version, system?.os?.kernel].filter(Boolean).join(" ")],
      ["Processor", system?.cpu?.model],
      ["Engine", engine && [engine.name, engine.version, engine.error].filter(Boolean).join(" ")],
      ["GPU driver", gpu && [gpu.driverVersion, gpu.cudaVersion && "CUDA " + gpu.cudaVersion].filter(Boolean).join(", ")],
      ["Network", (system?.network as any[] | undefined)?.map((one) => `${one.name} ${(one.addresses ?? []).join(" ")}`).join("; ")],
      ["Worker", node.agentVersion], ["Transport", node.transport], ["Controller", node.controllerId],
      ["Registered", node.registeredAt && <Time at={node.registeredAt} />],
      ["Last seen", node.lastSeenAt && <Time at={node.lastSeenAt} />],
      ["Join tokens", <a key="tokens" href={href("settings", ["tokens"], { node: node.id })}>of this node</a>],
      ["Models", node.models?.map((model) => <span class="tag" key={model.name + model.version}>{model.name}{model.version ? ":" + model.version : ""}</span>)],
    ]} />
  );
}

/** Charts come with their library only when somebody looks at them. */
function Later({ id, node }: { id: string; node: Node }) {
  const loaded = useSignal<ComponentType<{ id: string; node: Node }> | null>(null);
  useEffect(() => { void import("./over-time").then((it) => { loaded.value = it.OverTime; }); }, []);
  const OverTime = loaded.value;
  return OverTime ? <OverTime id={id} node={node} /> : <p class="muted">Loading the charts…</p>;
}
