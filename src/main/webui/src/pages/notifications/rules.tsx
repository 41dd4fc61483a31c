import { useSignal } from "@preact/signals";
import { at, call, denied } from "../../api/http";
import { usePages } from "../../api/pages";
import type { NewNotificationRule, NotificationRule } from "../../api/types.gen";
import { Notice, Status } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { Check, Choice, Field } from "../../ui/field";
import { Table } from "../../ui/sections";

type Act = ReturnType<typeof useAct>["act"];

export const listOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);
const SEVERITIES: [string, string][] = [["info", "all"], ["warning", "warnings and errors"], ["error", "errors"]];
const any = (texts: string[] | undefined) => (texts?.length ? texts.join(", ") : "any");

const bodyOf = ({ types, kinds, resources, severity, targets, enabled, description }: NotificationRule): NewNotificationRule =>
  ({ types, kinds, resources, severity, targets: targets ?? [], enabled, ...(description && { description }) });

export function Rules() {
  const why = denied("ADMIN");
  const rules = usePages<NotificationRule>(why ? null : "/api/notification-rules");
  const { act, problem } = useAct(rules.again);
  const edited = useSignal<NotificationRule | null>(null);
  useCommands([{ path: "/api/notification-rules" }]);
  if (why) return <Notice tone="warn">Rules are shown to administrators. {why}.</Notice>;
  return (
    <>
      <p class="muted">An event that fits several rules goes to each of their targets once. A built-in rule holds until one of its name is set.</p>
      <Notice>{problem.value}</Notice>
      <Table name="Rules" heads={[["Name"], ["State"], ["Events"], ["Resources"], ["Severity"], ["Targets"], [""]]} pages={rules} empty="No rule is set: nothing is told." row={(rule) => <One key={rule.name} rule={rule} act={act} onEdit={() => { edited.value = rule; }} />} />
      <SetRule key={edited.value?.name ?? ""} rule={edited.value} act={act} onDone={() => { edited.value = null; }} />
    </>
  );
}

function One({ rule, act, onEdit }: { rule: NotificationRule; act: Act; onEdit: () => void }) {
  const path = at("notification-rules", rule.name!);
  const on = rule.enabled !== false;
  return (
    <tr>
      <td class="mono">{rule.name}{rule.version === 0 && <span class="muted"> built in</span>}{rule.description && <p class="why">{rule.description}</p>}</td>
      <td><Status of={on ? "READY" : "STOPPED"} word={on ? "On" : "Off"} /></td>
      <td class="mono">{any(rule.types)}</td><td class="mono">{[...(rule.kinds ?? []), ...(rule.resources ?? [])].join(", ") || "any"}</td>
      <td><Status of={rule.severity ?? "info"} /></td><td class="mono">{rule.targets?.join(", ")}</td>
      <td class="do">
        <Button label="Change" onPress={onEdit} />
        <Button label={on ? "Turn off" : "Turn on"} onPress={() => act(`${on ? "Turn off" : "Turn on"} ${rule.name}`, () => call("PUT", path, { ...bodyOf(rule), enabled: !on }))} />
        <Confirm label="Delete" ask={`Delete ${rule.name}?`} why={rule.version === 0 ? "It is built in: turn it off" : null} onPress={() => act(`Delete ${rule.name}`, () => call("DELETE", path))} />
      </td>
    </tr>
  );
}

function SetRule({ rule, act, onDone }: { rule: NotificationRule | null; act: Act; onDone: () => void }) {
  const name = useSignal(rule?.name ?? "");
  const types = useSignal(rule?.types?.join(" ") ?? "");
  const kinds = useSignal(rule?.kinds?.join(" ") ?? "");
  const resources = useSignal(rule?.resources?.join(" ") ?? "");
  const targets = useSignal(rule?.targets?.join(" ") ?? "inbox");
  const severity = useSignal<string>(rule?.severity ?? "warning");
  const enabled = useSignal(rule?.enabled !== false);
  const set = () => act(`Set ${name.value}`, async () => {
    await call("PUT", at("notification-rules", name.value.trim()), {
      ...(rule?.description && { description: rule.description }), types: listOf(types.value), kinds: listOf(kinds.value), resources: listOf(resources.value), severity: severity.value, targets: listOf(targets.value), enabled: enabled.value,
    });
    name.value = types.value = kinds.value = resources.value = "";
    onDone();
  });
  return (
    <section aria-labelledby="set-rule-title"><h2 id="set-rule-title">{rule ? `Change ${rule.name}` : "New rule"}</h2>
      <form class="form narrow" id="set-rule" onSubmit={(event) => { event.preventDefault(); void set(); }}>
        <Field label="Name" name="name" required pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,62}" value={name.value} onInput={(event) => { name.value = event.currentTarget.value; }} />
        <Field label="Types" name="types" help="Such as worker.left deployment.*; none: all" value={types.value} onInput={(event) => { types.value = event.currentTarget.value; }} />
        <div class="side-by-side">
          <Field label="Kinds" name="kinds" help="Such as node; none: all" value={kinds.value} onInput={(event) => { kinds.value = event.currentTarget.value; }} />
          <Field label="Ids" name="resources" help="None: all" value={resources.value} onInput={(event) => { resources.value = event.currentTarget.value; }} />
        </div>
        <div class="side-by-side">
          <Choice label="Severity, at least" name="severity" value={severity.value} options={SEVERITIES} onChange={(next) => { severity.value = next; }} />
          <Field label="Targets" name="targets" required help="inbox, queue, or names of yours" value={targets.value} onInput={(event) => { targets.value = event.currentTarget.value; }} />
        </div>
        <Check label="Active" name="enabled" checked={enabled.value} onChange={(checked) => { enabled.value = checked; }} />
        <div class="actions"><Button label="Save rule" type="submit" kind="primary" onPress={() => undefined} />{rule && <Button label="Cancel" onPress={onDone} />}</div>
      </form>
    </section>
  );
}
