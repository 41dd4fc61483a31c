import { useSignal } from "@preact/signals";
import { at, call, denied, me } from "../../api/http";
import { usePages } from "../../api/pages";
import type { User } from "../../api/types.gen";
import { Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { Choice, Field } from "../../ui/field";
import { Table } from "../../ui/sections";

export type Role = User["role"];
export const ROLES: [Role, string][] = [["VIEWER", "viewer: reads"], ["OPERATOR", "operator: deploys, runs, drains"], ["ADMIN", "administrator: everything"]];

export function Users() {
  const why = denied("ADMIN");
  const users = usePages<User>(why ? null : "/api/users?pageSize=200");
  const { act, problem } = useAct(users.again);
  useCommands([{ path: "/api/users" }]);
  if (why) return <><Notice tone="warn">Users are shown to administrators. {why}.</Notice><OwnPassword /></>;
  return (
    <>
      <Notice>{problem.value}</Notice>
      <Table name="Users" heads={[["Name"], ["Role"], ["State"], ["Team"], ["Created"], [""]]} pages={users} empty="There is nobody yet." row={(user) => <One key={user.username} user={user} act={act} />} />
      <NewUser act={act} />
      <OwnPassword />
    </>
  );
}

export type Act = ReturnType<typeof useAct>["act"];

function One({ user, act }: { user: User; act: Act }) {
  const path = at("users", user.username);
  const own = user.username === me.value?.name ? "This is you" : null;
  return (
    <tr>
      <td class="mono">{user.username}</td>
      <td><select aria-label={"Role of " + user.username} value={user.role} disabled={own !== null} title={own ?? undefined} onChange={(event) => act(`Role of ${user.username}`, () => call("PATCH", path, { role: event.currentTarget.value }))}>
        {ROLES.map(([role]) => <option key={role} value={role}>{role.toLowerCase()}</option>)}</select></td>
      <td><Status of={user.disabled ? "STOPPED" : "READY"} word={user.disabled ? "Disabled" : "Active"} /></td>
      <td>{user.team ?? "—"}</td>
      <td><Time at={user.createdAt} /></td>
      <td class="do">
        {user.disabled ? <Button label="Enable" onPress={() => act(`Enable ${user.username}`, () => call("PATCH", path, { disabled: false }))} />
          : <Confirm label="Disable" ask={`Disable ${user.username}? All of its sessions end.`} why={own} onPress={() => act(`Disable ${user.username}`, () => call("PATCH", path, { disabled: true }))} />}
        <NewPassword user={user.username} act={act} />
        <Confirm label="Delete" ask={`Delete ${user.username} and its API keys?`} why={own ?? (user.username === "admin" ? "The next start would make it again" : null)} onPress={() => act(`Delete ${user.username}`, () => call("DELETE", path))} />
      </td>
    </tr>
  );
}

function Password({ label, name, value, onInput, now }: { label: string; name: string; value: string; onInput: (text: string) => void; now?: boolean }) {
  return <label class="field"><span>{label}</span><input name={name} type="password" required minLength={now ? undefined : 8} autocomplete={now ? "current-password" : "new-password"} value={value} onInput={(event) => onInput(event.currentTarget.value)} /></label>;
}

function NewPassword({ user, act }: { user: string; act: Act }) {
  const open = useSignal(false);
  const text = useSignal("");
  if (!open.value) return <Button label="New password" onPress={() => { open.value = true; text.value = ""; }} />;
  return (
    <form class="inline-form" onSubmit={(event) => { event.preventDefault(); open.value = false; void act(`New password of ${user}`, () => call("PATCH", at("users", user), { password: text.value })); }}>
      <Password label={"New password of " + user} name="password" value={text.value} onInput={(next) => { text.value = next; }} />
      <Button label="Set" type="submit" onPress={() => undefined} />
      <Button label="Cancel" onPress={() => { open.value = false; }} />
    </form>
  );
}

function NewUser({ act }: { act: Act }) {
  const name = useSignal("");
  const password = useSignal("");
  const role = useSignal<Role>("VIEWER");
  const make = () => act(`Create ${name.value}`, async () => {
    await call("POST", "/api/users", { username: name.value.trim(), password: password.value, role: role.value });
    name.value = password.value = "";
  });
  return (
    <section aria-labelledby="new-user-title"><h2 id="new-user-title">New user</h2>
      <form class="form narrow" id="new-user" onSubmit={(event) => { event.preventDefault(); void make(); }}>
        <Field label="Name" name="username" required pattern="[A-Za-z0-9][\-._@A-Za-z0-9]{0,99}" value={name.value} onInput={(event) => { name.value = event.currentTarget.value; }} />
        <Password label="Password, 8 characters at least" name="password" value={password.value} onInput={(next) => { password.value = next; }} />
        <Choice label="Role" name="role" value={role.value} options={ROLES} onChange={(next) => { role.value = next as Role; }} />
        <div class="actions"><Button label="Create user" type="submit" kind="primary" why={denied("ADMIN")} onPress={() => undefined} /></div>
      </form>
    </section>
  );
}

function OwnPassword() {
  const current = useSignal("");
  const next = useSignal("");
  const { act, problem } = useAct();
  return (
    <section aria-labelledby="own-password-title"><h2 id="own-password-title">Your own password</h2>
      <p class="muted">A new one ends all of your sessions, this one too.</p>
      <form class="form narrow" id="own-password" onSubmit={(event) => { event.preventDefault(); void act("New password", async () => { await call("PUT", "/api/auth/password", { current: current.value, new: next.value }); current.value = next.value = ""; }); }}>
        <Password label="Current password" name="current" now value={current.value} onInput={(text) => { current.value = text; }} />
        <Password label="New password" name="new" value={next.value} onInput={(text) => { next.value = text; }} />
        <Notice>{problem.value}</Notice>
        <div class="actions"><Button label="Change password" type="submit" onPress={() => undefined} /></div>
      </form>
    </section>
  );
}
