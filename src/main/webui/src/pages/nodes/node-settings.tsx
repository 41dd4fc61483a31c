import { useSignal } from "@preact/signals";
import { nodes } from "../../api/fleet";
import { at, call, denied } from "../../api/http";
import type { Node } from "../../api/types.gen";
import { patchOf, written, type Written } from "../../lib/labels";
import { type Act, Button } from "../../ui/button";
import { Choice, Field } from "../../ui/field";

const ROLES: [string, string][] = [["", "what the worker says"], ["gpu", "gpu"], ["cpu", "cpu"], ["proxy", "proxy"]];

/** What an operator says of a machine, over what its worker says: name, role, zone and labels. */
export function NodeSettings({ node, act }: { node: Node; act: Act }) {
  const before = useSignal<Written | null>(null);
  const now = useSignal<Written>(written({}));
  const begin = () => { before.value = now.value = written(node); };
  const set = (change: Partial<Written>) => { now.value = { ...now.value, ...change }; };
  if (!before.value) return <div class="actions"><Button label="Change name, zone and labels" why={denied()} onPress={begin} /></div>;
  const save = () => act("Save", async () => {
    const patch = patchOf(before.value!, now.value);
    if (patch) nodes.take([await call<Node>("PATCH", at("nodes", node.id), patch)]);
    before.value = null;
  });
  return (
    <form class="form" id="node-settings" onSubmit={(event) => { event.preventDefault(); void save(); }}>
      <div class="side-by-side">
        <Field label="Name" name="name" maxLength={100} value={now.value.name} onInput={(event) => set({ name: event.currentTarget.value })} />
        <Field label="Zone" name="zone" maxLength={63} value={now.value.zone} onInput={(event) => set({ zone: event.currentTarget.value })} />
      </div>
      <Choice label="Role" name="role" value={now.value.role} options={ROLES} onChange={(role) => set({ role })} />
      <label class="field"><span>Labels, name=value a line</span><textarea name="labels" class="mono" rows={4} spellcheck={false} value={now.value.labels} onInput={(event) => set({ labels: event.currentTarget.value })} /></label>
      <p class="muted small">What is changed here stays, whatever the worker says later. What is emptied is again what the worker says.</p>
      <div class="actions"><Button label="Save" type="submit" kind="primary" why={denied()} onPress={() => undefined} /><Button label="Back" onPress={() => { before.value = null; }} /></div>
    </form>
  );
}
