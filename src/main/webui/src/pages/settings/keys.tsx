import { useSignal } from "@preact/signals";
import { at, call, me } from "../../api/http";
import { usePages } from "../../api/pages";
import type { ApiKey, IssuedApiKey } from "../../api/types.gen";
import { Copy, Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { Choice, Field } from "../../ui/field";
import { Table } from "../../ui/sections";
import { type Act, type Role, ROLES } from "./users";

const DAY_S = 86_400;
const ENDS: [string, string][] = [[String(30 * DAY_S), "in 30 days"], [String(90 * DAY_S), "in 90 days"], [String(365 * DAY_S), "in a year"], ["", "never"]];
const SCOPES: [string, string][] = [["", "all that its role allows"], ["inference", "model calls only (/v1 and /proxy)"]];

export function Keys() {
  const keys = usePages<ApiKey>("/api/api-keys?pageSize=200");
  const { act, problem } = useAct(keys.again);
  useCommands([{ path: "/api/api-keys" }]);
  return (
    <>
      <p class="muted">A key acts in its maker's name with its maker's role at most. {me.value?.role === "ADMIN" ? "These are everyone's." : "These are yours."}</p>
      <Notice>{problem.value}</Notice>
      <Table name="API keys" heads={[["Name"], ["Owner"], ["Role"], ["For"], ["Created"], ["Expires"], ["Last used"], [""]]} pages={keys} empty="There is no key. Scripts use one instead of a password."
        row={(key) => (
          <tr key={key.id}>
            <td class="mono" title={key.id}>{key.name}</td><td>{key.owner}</td><td>{key.role.toLowerCase()}</td><td>{key.scope ?? "everything"}</td><td><Time at={key.createdAt} /></td>
            <td>{!key.expiresAt ? "never" : Date.parse(key.expiresAt) < Date.now() ? <Status of="STOPPED" word="Ended" /> : <Time at={key.expiresAt} />}</td>
            <td>{key.lastUsedAt ? <Time at={key.lastUsedAt} /> : "never"}</td>
            <td class="do"><Confirm label="Delete" ask={`Delete the key ${key.name}? What uses it is refused from then on.`} onPress={() => act(`Delete ${key.name}`, () => call("DELETE", at("api-keys", key.id)))} /></td>
          </tr>
        )} />
      <NewKey act={act} />
    </>
  );
}

function NewKey({ act }: { act: Act }) {
  const name = useSignal("");
  const role = useSignal<Role>("VIEWER");
  const ends = useSignal(ENDS[1][0]);
  const scope = useSignal("");
  const made = useSignal<IssuedApiKey | null>(null);
  const rank = ROLES.findIndex(([one]) => one === me.value?.role);
  const roles = rank < 0 ? ROLES : ROLES.slice(0, rank + 1);
  const make = () => act(`Create ${name.value}`, async () => {
    made.value = await call<IssuedApiKey>("POST", "/api/api-keys", { name: name.value.trim(), role: role.value, ...(ends.value && { expiresIn: Number(ends.value) }), ...(scope.value && { scope: scope.value }) });
    name.value = "";
  });
  return (
    <section aria-labelledby="new-key-title"><h2 id="new-key-title">New API key</h2>
      {made.value && <Notice tone="run">The key {made.value.name} is shown this once: <Copy text={made.value.key}><code id="made-key">{made.value.key}</code></Copy></Notice>}
      <form class="form narrow" id="new-key" onSubmit={(event) => { event.preventDefault(); void make(); }}>
        <Field label="Name" name="name" required maxLength={100} help="What it is for" value={name.value} onInput={(event) => { name.value = event.currentTarget.value; }} />
        <Choice label="Role" name="role" value={role.value} options={roles} onChange={(next) => { role.value = next as Role; }} />
        <Choice label="Expires" name="ends" value={ends.value} options={ENDS} onChange={(next) => { ends.value = next; }} />
        <Choice label="Scope" name="scope" value={scope.value} options={SCOPES} onChange={(next) => { scope.value = next; }} />
        <div class="actions"><Button label="Create key" type="submit" kind="primary" onPress={() => undefined} /></div>
      </form>
    </section>
  );
}
