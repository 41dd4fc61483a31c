import { useRead } from "../../api/hooks";
import { href } from "../../lib/route";
import { Copy, Status } from "../../ui/basic";

/** Where there is no agent: what it takes to have one, and how much of it is there. */
export function FirstSteps() {
  const models = useRead<{ totalSize?: number }>("/api/inference/models?pageSize=1", { every: 5_000 }).value.value?.totalSize;
  const tools = useRead<{ totalSize?: number }>("/api/tools?pageSize=1", { every: 5_000 }).value.value?.totalSize;
  const command = `curl -H "Authorization: Bearer $AIWM_TOKEN" --json '{"name":"guide","systemPrompt":"You help."}' ${location.origin}/api/instructions`;
  return (
    <div class="empty">
      <h2>There is no agent yet</h2>
      <p>An agent is an instruction, tools and a model. What a user says to it begins a turn, which is an execution: it is seen, limited and goes on like any other.</p>
      <ol class="steps-list">
        <li><h3>A model that can be called</h3><p>{models ? <Status of="READY" word={`${models} can be called`} /> : <><Status of="PENDING" word="None can be called" /> <a href={href("deployments", ["new"])}>Deploy one</a></>}</p></li>
        <li><h3>Tools, if it is to do more than talk</h3><p>{tools ? <Status of="READY" word={`There are ${tools}`} /> : <a href={href("agents", ["new"], { part: "tools" })}>Create a tool</a>}</p></li>
        <li><h3>The agent</h3><p><a class="btn primary" href={href("agents", ["new"])}>Create an agent</a></p><p>Or from a terminal, beginning with its instruction:</p><Copy text={command}><code class="block">{command}</code></Copy></li>
      </ol>
    </div>
  );
}
