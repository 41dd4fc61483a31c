import { useEffect, useRef } from "preact/hooks";
import type { Step } from "../../api/types.gen";
import { Progress, Status, Took } from "../../ui/basic";

interface StepListProps { steps: Step[]; chosen: number | undefined; onPick: (index: number) => void }

export function StepList({ steps, chosen, onPick }: StepListProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => { box.current?.querySelector("tr.picked")?.scrollIntoView({ block: "nearest" }); }, [chosen]);
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Steps" ref={box}>
      <table class="plain pick-rows">
        <thead><tr><th scope="col" class="num">#</th><th scope="col">Step</th><th scope="col">Status</th><th scope="col">Progress</th><th scope="col" class="num">Attempt</th><th scope="col">Node</th><th scope="col" class="num">Duration</th><th scope="col">Depends on</th><th scope="col">Message</th></tr></thead>
        <tbody>{steps.map((step) => (
          <tr key={step.index} class={step.index === chosen ? "picked" : undefined}>
            <td class="num">{step.index}</td>
            <td><button type="button" class="link mono" aria-pressed={step.index === chosen} onClick={() => onPick(step.index!)}>{step.name ?? step.command}</button></td>
            <td><Status of={step.status} /></td>
            <td><Progress value={step.progress} status={step.status} /></td>
            <td class="num">{step.attempt ? `${step.attempt}${step.maxRetries ? " / " + (step.maxRetries + 1) : ""}` : "—"}</td>
            <td class="mono">{step.nodeId ?? "—"}</td>
            <td class="num"><Took from={step.startedAt} to={step.finishedAt} /></td>
            <td class="mono">{step.dependsOn?.join(" ") || "—"}</td>
            <td class="muted">{step.error?.message ?? step.message ?? ""}</td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}
