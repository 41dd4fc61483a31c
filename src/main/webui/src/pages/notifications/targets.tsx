import { useSignal } from "@preact/signals";
import { useRead } from "../../api/hooks";
import { at, call, denied } from "../../api/http";
import { usePages } from "../../api/pages";
import type { NewNotificationTarget, NotificationDelivery, NotificationTarget } from "../../api/types.gen";
import { linkOf } from "../../lib/events";
import { grouped, plural } from "../../lib/format";
import { href, place } from "../../lib/route";
import { Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { Choice, Field } from "../../ui/field";
import { Table } from "../../ui/sections";
import { listOf } from "./rules";

type Act = ReturnType<typeof useAct>["act"];
type Form = NonNullable<NewNotificationTarget["form"]>;

const FORMS: [string, string][] = [["standard", "signed event (Standard Webhooks)"], ["slack", "Slack"], ["discord", "Discord"], ["ntfy", "ntfy"], ["teams", "Teams"]];
const EVERY_MS = 5_000;

export function Targets() {
  const why = denied("ADMIN");
  const open = place.value.rest[1];
  const targets = usePages<NotificationTarget>(why ? null : "/api/notification-targets");
  const { act, problem } = useAct(targets.again);
  useCommands(open ? [{ path: at("notification-targets", open, "deliveries") + "?state=dead" }] : [{ path: "/api/notification-targets" }]);
  if (why) return <Notice tone="warn">Targets are shown to administrators. {why}.</Notice>;
  return (
    <>
      <Notice>{problem.value}</Notice>
      <Table name="Targets" heads={[["Name"], ["State"], ["Kind"], ["Where to"], ["Changed"], [""]]} pages={targets} empty="There is no target." row={(target) => <One key={target.name} target={target} act={act} />} />
      {open ? <Deliveries key={open} name={open} /> : <NewTarget act={act} />}
    </>
  );
}

const whereTo = (target: NotificationTarget) => (target.kind === "email" ? target.to?.join(", ") : target.url ?? (target.urlSecret && `the secret ${target.urlSecret.secret}`)) ?? "—";

function One({ target, act }: { target: NotificationTarget; act: Act }) {
  const path = at("notification-targets", target.name!);
  const own = target.kind === "queue" || target.kind === "inbox" ? "It is built in" : null;
  const off = target.enabled === false;
  return (
    <tr class={place.value.rest[1] === target.name ? "picked" : undefined}>
      <td class="mono"><a href={href("notifications", ["targets", target.name!])}>{target.name}</a></td>
      <td>{off ? <Status of="STOPPED" word="Off" /> : target.reachable === false ? <Status of="UNHEALTHY" word="No server is set" /> : <Status of="READY" word="On" />}</td>
      <td>{[target.kind, target.form].filter(Boolean).join(", ")}</td><td class="mono path" title={whereTo(target)}>{whereTo(target)}</td><td><Time at={target.updatedAt} /></td>
      <td class="do">
        <Button label="Test" hint="sends an event at once" why={target.kind === "inbox" ? "What it has is seen in the inbox" : null} onPress={() => act(`Test ${target.name}`, () => call("POST", path + "/test"))} />
        <Confirm label="Delete" ask={`Delete ${target.name}, and what is on its way to it?`} why={own} onPress={() => act(`Delete ${target.name}`, () => call("DELETE", path))} />
      </td>
    </tr>
  );
}

/** What did not arrive, and why; it can be sent again. */
function Deliveries({ name }: { name: string }) {
  const target = useRead<NotificationTarget>(at("notification-targets", name), { every: EVERY_MS });
  const dead = usePages<NotificationDelivery>(at("notification-targets", name, "deliveries") + "?state=dead&pageSize=100", EVERY_MS);
  const { act, problem } = useAct(async () => { target.again(); await dead.again(); });
  const one = target.value.value;
  const count = one?.dead ?? dead.items.value.length;
  return (
    <section aria-labelledby="dead-title"><h2 id="dead-title">Not delivered to {name}</h2>
      <Notice>{problem.value || target.problem.value?.message}</Notice>
      {one && <p class="muted">{plural(one.waiting ?? 0, "notification")} waiting, {grouped(count)} not delivered.</p>}
      <div class="actions">
        <Confirm label="Send again" kind="primary" ask={`Send ${plural(count, "notification")} again?`} why={count === 0 ? "All were delivered" : null} onPress={() => act("Send again", () => call("POST", at("notification-targets", name, "replay")))} />
        <a class="btn" href={href("notifications", ["targets"])}>Close</a>
      </div>
      <Table name="Not delivered" heads={[["Event"], ["Resource"], ["Sent"], ["Attempts", "num"], ["Why"]]} pages={dead} empty="Everything was delivered."
        row={(item) => {
          const to = linkOf(item.kind, item.resourceId);
          return <tr key={item.id}><td><Status of={item.severity} word={item.type} /></td><td class="mono">{to ? <a href={to}>{item.resourceId}</a> : item.resourceId ?? "—"}</td><td><Time at={item.at} /></td><td class="num">{grouped(item.attempts)}</td><td>{item.error}</td></tr>;
        }} />
    </section>
  );
}

function NewTarget({ act }: { act: Act }) {
  const name = useSignal("");
  const kind = useSignal<"webhook" | "email">("webhook");
  const form = useSignal<Form>("standard");
  const url = useSignal("");
  const urlSecret = useSignal("");
  const signing = useSignal("");
  const to = useSignal("");
  const make = () => act(`Set ${name.value}`, async () => {
    const body: NewNotificationTarget = kind.value === "email" ? { kind: "email", to: listOf(to.value) } : {
      kind: "webhook", form: form.value, ...(url.value.trim() && { url: url.value.trim() }), ...(urlSecret.value.trim() && { urlSecret: { secret: urlSecret.value.trim() } }), ...(signing.value.trim() && { signingSecret: { secret: signing.value.trim() } }),
    };
    await call("PUT", at("notification-targets", name.value.trim()), body);
    name.value = url.value = urlSecret.value = signing.value = to.value = "";
  });
  return (
    <section aria-labelledby="new-target-title"><h2 id="new-target-title">New target</h2>
      <form class="form narrow" id="new-target" onSubmit={(event) => { event.preventDefault(); void make(); }}>
        <Field label="Name" name="name" required pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,62}" value={name.value} onInput={(event) => { name.value = event.currentTarget.value; }} />
        <Choice label="Kind" name="kind" value={kind.value} options={[["webhook", "webhook"], ["email", "e-mail"]]} onChange={(next) => { kind.value = next as "webhook" | "email"; }} />
        {kind.value === "email" ? <Field label="Addresses" name="to" required value={to.value} onInput={(event) => { to.value = event.currentTarget.value; }} /> : <>
          <Choice label="What is sent" name="form" value={form.value} options={FORMS} onChange={(next) => { form.value = next as Form; }} />
          <Field label="URL" name="url" required={urlSecret.value === ""} value={url.value} onInput={(event) => { url.value = event.currentTarget.value; }} />
          <Field label="or the secret that is the URL" name="urlSecret" help="One that is a secret by itself, as Slack's are, belongs into a stored secret" value={urlSecret.value} onInput={(event) => { urlSecret.value = event.currentTarget.value; }} />
          <Field label="The secret that it is signed with" name="signing" value={signing.value} onInput={(event) => { signing.value = event.currentTarget.value; }} />
        </>}
        <div class="actions"><Button label="Create target" type="submit" kind="primary" onPress={() => undefined} /></div>
      </form>
    </section>
  );
}
