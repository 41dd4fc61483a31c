import { useRead } from "../../api/hooks";
import { at } from "../../api/http";
import type { DeploymentMetrics, InferenceModel } from "../../api/types.gen";
import { duration, grouped } from "../../lib/format";
import { href } from "../../lib/route";
import { Status } from "../../ui/basic";

const EVERY_MS = 5_000;
const RATES_MS = 10_000;
const MINUTES = 5;
/** The busiest ones; the others are in the list of what can be called. */
const MOST = 6;

/** Which models are called now, how soon they answer and how fast. Left out where none is served. */
export function Traffic() {
  const all = useRead<{ items?: InferenceModel[] }>("/api/inference/models?pageSize=200", { every: EVERY_MS }).value.value?.items ?? [];
  const served = all.filter((one) => one.deploymentId);
  if (served.length === 0) return null;
  const busiest = [...served].sort((a, b) => calls(b) - calls(a) || (a.name < b.name ? -1 : 1)).slice(0, MOST);
  return (
    <section aria-label="Inference"><h2><a href={href("inference")}>Inference</a></h2>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Models that are called"><table class="plain"><thead><tr><th scope="col">Model</th><th scope="col">State</th><th scope="col" class="num">Running</th><th scope="col" class="num">Waiting</th><th scope="col" class="num">First token, p50</th><th scope="col" class="num">Tokens/s out</th></tr></thead>
        <tbody>{busiest.map((one) => <Served key={one.deploymentId} one={one} />)}</tbody></table></div>
      {served.length > MOST && <p class="muted small">The {MOST} busiest of {grouped(served.length)}.</p>}
    </section>
  );
}

const calls = (one: InferenceModel) => (one.inFlight ?? 0) + (one.waiting ?? 0);

function Served({ one }: { one: InferenceModel }) {
  const metrics = useRead<DeploymentMetrics>(at("deployments", one.deploymentId!, "metrics") + `?minutes=${MINUTES}&step=60`, { every: RATES_MS }).value.value?.inference;
  const rate = (metrics?.completionTokens ?? 0) / (MINUTES * 60);
  return (
    <tr><td class="mono"><a href={href("deployments", [one.deploymentId!])}>{one.name}</a></td><td><Status of={one.state} /></td><td class="num">{grouped(one.inFlight ?? 0)}</td><td class="num">{grouped(one.waiting ?? 0)}</td>
      <td class="num">{metrics?.timeToFirstTokenMs?.p50 === undefined ? "—" : duration(metrics.timeToFirstTokenMs.p50)}</td><td class="num" title={`Mean of the last ${MINUTES} minutes`}>{rate < 0.05 ? "0" : rate < 10 ? rate.toFixed(1) : grouped(Math.round(rate))}</td></tr>
  );
}
