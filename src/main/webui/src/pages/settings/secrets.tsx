import { useSignal } from "@preact/signals";
import { at, call, denied } from "../../api/http";
import { usePages } from "../../api/pages";
import type { Secret } from "../../api/types.gen";
import { Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { Field } from "../../ui/field";
import { Table } from "../../ui/sections";
import type { Act } from "./users";

export function Secrets() {
  const secrets = usePages<Secret>("/api/secrets?pageSize=100");
  const { act, problem } = useAct(secrets.again);
  useCommands([{ path: "/api/secrets" }]);
  return (
    <>
      <p class="muted">Values are written and never shown. Deployments, downloads and notifications name a secret where they need one.</p>
      <Notice>{problem.value}</Notice>
      <Table name="Secrets" heads={[["Name"], ["What it is"], ["Value"], ["Set by"], ["Set"], [""]]} pages={secrets} empty="No secret is stored."
        row={(secret) => (
          <tr key={secret.name}>
            <td class="mono">{secret.name}</td><td>{secret.description ?? "—"}</td>
            <td>{secret.readable === undefined ? "—" : secret.readable ? <Status of="READY" word={"Version " + secret.version} /> : <Status of="FAILED" word="No key opens it" />}</td>
            <td>{secret.updatedBy ?? "—"}</td><td><Time at={secret.updatedAt} /></td>
            <td class="do"><Confirm label="Delete" ask={`Delete ${secret.name}?`} why={denied()} onPress={() => act(`Delete ${secret.name}`, () => call("DELETE", at("secrets", secret.name)))} /></td>
          </tr>
        )} />
      <SetSecret act={act} />
    </>
  );
}

function SetSecret({ act }: { act: Act }) {
  const name = useSignal("");
  const value = useSignal("");
  const description = useSignal("");
  const set = () => act(`Set ${name.value}`, async () => {
    const body = { value: value.value, ...(description.value.trim() && { description: description.value.trim() }) };
    // what was typed does not stay in the page, however it ends
    value.value = "";
    await call("PUT", at("secrets", name.value.trim()), body);
    name.value = description.value = "";
  });
  return (
    <section aria-labelledby="set-secret-title"><h2 id="set-secret-title">Store a secret, or give one a new value</h2>
      <form class="form narrow" id="set-secret" onSubmit={(event) => { event.preventDefault(); void set(); }}>
        <Field label="Name" name="name" required pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,62}" value={name.value} onInput={(event) => { name.value = event.currentTarget.value; }} />
        <label class="field"><span>Value</span><textarea name="value" class="hidden-text mono" rows={2} required maxLength={65_536} autocomplete="off" spellcheck={false} value={value.value} onInput={(event) => { value.value = event.currentTarget.value; }} /></label>
        <Field label="What it is, if it should be said" name="description" maxLength={500} value={description.value} onInput={(event) => { description.value = event.currentTarget.value; }} />
        <div class="actions"><Button label="Save secret" type="submit" kind="primary" why={denied()} onPress={() => undefined} /></div>
      </form>
    </section>
  );
}
