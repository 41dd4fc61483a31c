import { useSignal } from "@preact/signals";
import { nodes } from "../../api/fleet";
import { at, call, denied } from "../../api/http";
import type { Node } from "../../api/types.gen";
import { quoted } from "../../lib/command";
import { href } from "../../lib/route";
import { nodeStatus } from "../../lib/status";
import { Copy, Notice, Status, Time } from "../../ui/basic";
import { Button, useAct } from "../../ui/button";
import { Field } from "../../ui/field";
import { Inspector } from "../../ui/inspector";

interface Given { id: string; token: string; expiresAt?: string }

const YEAR_S = 31_536_000;

/** A record, a token that is shown once, the command for the machine, and then the machine itself as it arrives. */
export function AddNode() {
  const id = useSignal("");
  const zone = useSignal("");
  const given = useSignal<Given | null>(null);
  const { act, problem, busy } = useAct();
  const make = () => act("Add the node", async () => {
    const wanted = id.value.trim();
    if (!nodes.items.value.some((node) => node.id === wanted)) {
      nodes.take([await call<Node>("POST", "/api/nodes", { ...(wanted && { id: wanted }), ...(zone.value.trim() && { zone: zone.value.trim() }) })]);
    }
    const token = await call<{ token: string; expiresAt?: string }>("POST", at("nodes", wanted, "token"), { expiresIn: YEAR_S, description: "made on the page" });
    given.value = { id: wanted, ...token };
  });
  return (
    <Inspector title="Add a node">
      {given.value ? <Commands given={given.value} /> : (
        <form class="form" id="add-node" onSubmit={(event) => { event.preventDefault(); void make(); }}>
          <p>A worker on the machine opens one WebSocket to this controller; nothing connects to the worker. It needs Java 17 or newer, and Docker for containers.</p>
          <Field label="Name of the machine" name="id" required pattern="[A-Za-z0-9]([\-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?" help="Letters, digits, '-', '_' and '.'" value={id.value} onInput={(event) => { id.value = event.currentTarget.value; }} />
          <Field label="Zone, if there are several" name="zone" value={zone.value} onInput={(event) => { zone.value = event.currentTarget.value; }} />
          <Notice>{problem.value}</Notice>
          <div class="actions"><Button label="Create token" type="submit" kind="primary" why={denied("ADMIN") ?? (busy.value || null)} onPress={() => undefined} /></div>
        </form>
      )}
    </Inspector>
  );
}

function Commands({ given }: { given: Given }) {
  const node = nodes.items.value.find((one) => one.id === given.id);
  const socket = location.origin.replace(/^http/, "ws") + "/ws/node";
  const command = [`CONTROLLER_WS_URL=${quoted(socket)}`, `NODE_ID=${quoted(given.id)}`, `NODE_TOKEN=${quoted(given.token)}`, "java -jar aiwm.jar worker"].join(" \\\n  ");
  const here = node && node.status !== "PENDING";
  return (
    <>
      <ol class="steps-list">
        <li><h3>Copy <code>aiwm.jar</code> to the machine</h3><p class="muted">The same file as this controller runs.</p></li>
        <li><h3>Run the worker there</h3>
          <Copy text={command}><code class="block">{command}</code></Copy>
          <p class="muted">The token is shown this once and is good <Time at={given.expiresAt} until />. Whoever has it can be this node.</p></li>
        <li><h3>Wait for it here</h3>
          <p aria-live="polite">{here ? <><Status of={nodeStatus(node)} word={`${given.id} has joined`} /> <a href={href("nodes", [given.id])}>Look at it</a></> : <Status of="EXPECTED" word={`Waiting for ${given.id} to connect`} />}</p></li>
      </ol>
      <p class="muted">As a service with systemd and behind TLS: <code>docs/add-a-machine.md</code>.</p>
    </>
  );
}
