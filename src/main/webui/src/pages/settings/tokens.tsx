import { useSignal } from "@preact/signals";
import { nodes } from "../../api/fleet";
import { at, call, denied } from "../../api/http";
import { usePages } from "../../api/pages";
import type { NodeToken } from "../../api/types.gen";
import { href, place, setQuery } from "../../lib/route";
import { Copy, Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { Choice, Field } from "../../ui/field";
import { Table } from "../../ui/sections";
import type { Act } from "./users";

const DAY_S = 86_400;
const ENDS: [string, string][] = [[String(DAY_S), "in a day"], [String(90 * DAY_S), "in 90 days"], [String(365 * DAY_S), "in a year"]];
const MOST_OFFERED = 500;

/** What workers come with: each token belongs to one node. */
export function Tokens() {
  const why = denied("ADMIN");
  const node = place.value.query.node ?? "";
  const typed = useSignal(node);
  const tokens = usePages<NodeToken>(node && !why ? at("nodes", node, "tokens") : null);
  const { act, problem } = useAct(tokens.again);
  useCommands(node ? [{ path: at("nodes", node, "tokens") }] : []);
  if (why) return <Notice tone="warn">Tokens of nodes are shown to administrators. {why}.</Notice>;
  return (
    <>
      <p class="muted">A worker joins with a token of its node. A new machine gets its record, its token and its command in <a href={href("nodes", ["add"])}>Add a node</a>.</p>
      <form class="inline-form narrow" id="tokens-of" onSubmit={(event) => { event.preventDefault(); setQuery({ node: typed.value.trim() || undefined }); }}>
        <label class="field"><span>Node</span><input name="node" required list="token-nodes" autocomplete="off" spellcheck={false} value={typed.value} onInput={(event) => { typed.value = event.currentTarget.value; }} /></label>
        <datalist id="token-nodes">{nodes.items.value.slice(0, MOST_OFFERED).map((one) => <option key={one.id} value={one.id} />)}</datalist>
        <Button label="Show its tokens" type="submit" onPress={() => undefined} />
      </form>
      <Notice>{problem.value}</Notice>
      {node && <>
        <Table name={"Tokens of " + node} heads={[["Token"], ["For"], ["Created"], ["Expires"], ["Last used"], [""]]} pages={tokens} empty={`${node} has no token: no worker can join as it.`}
          row={(token) => (
            <tr key={token.tokenId}>
              <td class="mono">{token.tokenId}</td><td>{token.description ?? (token.automatic ? "given out by itself" : "—")}</td><td><Time at={token.createdAt} /></td>
              <td>{token.expiresAt && Date.parse(token.expiresAt) < Date.now() ? <Status of="STOPPED" word="Ended" /> : <Time at={token.expiresAt} />}</td>
              <td>{token.lastUsedAt ? <Time at={token.lastUsedAt} /> : "never"}</td>
              <td class="do"><Confirm label="Revoke" ask="Revoke it? The worker that uses it is cut off." onPress={() => act("Revoke the token", () => call("DELETE", at("nodes", node, "tokens", token.tokenId!)))} /></td>
            </tr>
          )} />
        <NewToken key={node} node={node} act={act} />
      </>}
    </>
  );
}

function NewToken({ node, act }: { node: string; act: Act }) {
  const text = useSignal("");
  const ends = useSignal(ENDS[2][0]);
  const made = useSignal("");
  const make = () => act("Create token", async () => {
    const answer = await call<{ token: string }>("POST", at("nodes", node, "token"), { expiresIn: Number(ends.value), ...(text.value.trim() && { description: text.value.trim() }) });
    made.value = answer.token;
    text.value = "";
  });
  return (
    <section aria-labelledby="new-token-title"><h2 id="new-token-title">New token of {node}</h2>
      {made.value && <Notice tone="run">It is shown this once. Whoever has it can be this node: <Copy text={made.value}><code id="made-token">{made.value}</code></Copy></Notice>}
      <form class="form narrow" id="new-token" onSubmit={(event) => { event.preventDefault(); void make(); }}>
        <Field label="What it is for" name="description" maxLength={200} value={text.value} onInput={(event) => { text.value = event.currentTarget.value; }} />
        <Choice label="Expires" name="ends" value={ends.value} options={ENDS} onChange={(next) => { ends.value = next; }} />
        <div class="actions"><Button label="Create token" type="submit" kind="primary" onPress={() => undefined} /></div>
      </form>
    </section>
  );
}
