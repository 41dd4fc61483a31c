import { deployments, nodes, stats } from "../../api/fleet";
import { useRead } from "../../api/hooks";
import { href } from "../../lib/route";
import { Status } from "../../ui/basic";

const EVERY_MS = 5_000;

interface Step { title: string; says: string; done: boolean; to: [string, string][] }

/** Where nothing was deployed and no job submitted yet: what one does first, in this order, and how much of it is done. */
export function FirstSteps() {
  const jobs = Object.values(stats.value?.jobs ?? {}).some((count) => count > 0);
  const over = !stats.value || !deployments.loaded.value || (deployments.items.value.length > 0 && jobs);
  return over ? null : <Steps jobs={jobs} />;
}

function Steps({ jobs }: { jobs: boolean }) {
  const models = useRead<{ totalSize?: number }>("/api/models?pageSize=1", { every: EVERY_MS }).value.value?.totalSize;
  const served = deployments.items.value.some((one) => one.engine && (one.readyReplicas ?? 0) > 0);
  const steps: Step[] = [
    { title: "A machine", says: "Its worker connects here; one command starts it.", done: nodes.items.value.length > 0, to: [["Add a node", href("nodes", ["add"])]] },
    { title: "A model", says: "A file of this computer, or one of a hub.", done: (models ?? 0) > 0, to: [["Upload", href("models", ["upload"])], ["Fetch", href("models", ["fetch"])]] },
    { title: "A deployment", says: "It serves the model, or keeps any image running.", done: deployments.items.value.length > 0, to: [["Deploy", href("deployments", ["new"])]] },
    { title: "A call", says: "The gateway speaks as OpenAI does. Try it here, or copy the command.", done: false, to: served ? [["Try a model", href("inference", [], { part: "try" })]] : [] },
    { title: "A job", says: "One program, run to its end where it has what it needs.", done: jobs, to: [["Submit a job", href("jobs", ["new"])]] },
  ];
  return (
    <section class="first-steps" aria-label="First steps"><h2>First steps</h2>
      <ol>{steps.map((step) => (
        <li key={step.title}><Status of={step.done ? "READY" : "PENDING"} word={step.title} /><span class="muted">{step.says}</span>
          <span class="end">{!step.done && step.to.map(([label, to]) => <a key={to} class="btn" href={to}>{label}</a>)}{!step.done && step.to.length === 0 && <span class="muted">once one is ready</span>}</span></li>
      ))}</ol>
    </section>
  );
}
