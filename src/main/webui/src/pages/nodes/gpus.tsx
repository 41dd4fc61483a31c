import { useSignal } from "@preact/signals";
import { at, call, denied } from "../../api/http";
import type { Node } from "../../api/types.gen";
import { bytes, gib, percent } from "../../lib/format";
import { type Gpu, gpuOut, gpusOf } from "../../lib/status";
import { Meter, Time } from "../../ui/basic";
import { Button } from "../../ui/button";

type Act = (what: string, run: () => Promise<unknown>) => Promise<void>;

export function Gpus({ node, full, act }: { node: Node; full: Node | null; act: Act }) {
  const gpus = gpusOf(node);
  if (gpus.length === 0) return null;
  return (
    <>
      <h3>GPUs · GiB used / reserved / total</h3>
      <p class="muted">{[...new Set(gpus.map((gpu) => gpu.model))].join(", ")}</p>
      {gpus.map((gpu) => <One key={gpu.index} node={node} gpu={gpu} claimed={full?.amounts?.gpus?.find((one) => one.index === gpu.index)?.claimedBytes ?? 0} act={act} />)}
    </>
  );
}

function One({ node, gpu, claimed, act }: { node: Node; gpu: Gpu; claimed: number; act: Act }) {
  const open = useSignal(false);
  const out = gpuOut(node, gpu.index);
  const total = gpu.memoryTotalBytes ?? 0;
  const used = gpu.memoryUsedBytes ?? 0;
  return (
    <div class="gpu-row">
      <button type="button" class="gpu-line" aria-expanded={open.value} onClick={() => { open.value = !open.value; }}>
        <span>GPU {gpu.index}</span>
        <Meter part={used} mark={claimed} whole={total} tone={out ? "out" : "run"} label={`GPU ${gpu.index}: ${bytes(used)} used, ${bytes(claimed)} reserved of ${bytes(total)}${out ? ", out of service: " + out : ""}`} />
        <span class="num">{gib(used)} / {gib(claimed)} / {gib(total)}</span>
      </button>
      {out && <p class="why fail">Out of service: {out}</p>}
      {open.value && <More node={node} gpu={gpu} act={act} />}
    </div>
  );
}

function More({ node, gpu, act }: { node: Node; gpu: Gpu; act: Act }) {
  const reason = useSignal("");
  const care = node.gpuMaintenance?.[String(gpu.index)];
  const fault = node.gpuFaults?.[String(gpu.index)];
  const path = at("nodes", node.id, "gpus", gpu.index, "maintenance");
  return (
    <div class="gpu-more">
      <p class="mono">
        {[gpu.utilization !== undefined && `busy ${percent(gpu.utilization, 1)}`, gpu.temperature !== undefined && `${gpu.temperature} °C`,
          gpu.powerWatts !== undefined && `${Math.round(gpu.powerWatts)}${gpu.powerLimitWatts ? " / " + Math.round(gpu.powerLimitWatts) : ""} W`, gpu.health && gpu.health !== "ok" && gpu.health].filter(Boolean).join(" · ") || "nothing else is known of it"}
      </p>
      {fault && <p>{fault.missing ? "Its driver does not list it any more" : "Fault"} since <Time at={fault.since} />. It goes by itself when the GPU is well again.</p>}
      {care
        ? <p>Out of service by {care.actor} since <Time at={care.since} />. <Button label="Put into service" why={denied()} onPress={() => act(`GPU ${gpu.index} into service`, () => call("DELETE", path))} /></p>
        : <form class="inline-form" onSubmit={(event) => { event.preventDefault(); void act(`GPU ${gpu.index} out of service`, () => call("PUT", path, reason.value ? { reason: reason.value } : {})); }}>
          <label class="field"><span>Why</span><input value={reason.value} maxLength={200} onInput={(event) => { reason.value = event.currentTarget.value; }} /></label>
          <Button label="Take out of service" type="submit" why={denied()} onPress={() => undefined} />
        </form>}
    </div>
  );
}
