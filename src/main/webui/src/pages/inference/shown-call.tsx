/** The call that this page makes, for a terminal or a program. */
import { curl } from "../../lib/command";
import { CALL_FORMS, type CallForm, javascriptCall, pythonCall } from "../../lib/call-code";
import { callForm } from "../../lib/settings";
import { Copy } from "../../ui/basic";

const NEEDS: Record<CallForm, string> = { curl: "", python: "It needs pip install openai.", javascript: "It needs npm install openai; save it as call.mjs." };

const textOf = (form: CallForm, path: string, body: Record<string, unknown>): string =>
  form === "python" ? pythonCall(location.origin, body) : form === "javascript" ? javascriptCall(location.origin, body) : curl(location.origin, "POST", path, body);

export function ShownCall({ path, body }: { path: string; body: Record<string, unknown> }) {
  const form = CALL_FORMS.some(([key]) => key === callForm.value) ? callForm.value : "curl";
  const text = textOf(form, path, body);
  return (
    <section aria-label="The same as code">
      <div class="split code-head"><h3>The same as code</h3>
        <div class="chips" role="group" aria-label="Language">{CALL_FORMS.map(([key, label]) => <button key={key} type="button" class="chip" aria-pressed={key === form} onClick={() => { callForm.value = key; }}>{label}</button>)}</div></div>
      <Copy text={text}><code class="block" id="try-curl">{text}</code></Copy>
      <p class="muted small"><code>AIWM_TOKEN</code> is an API key, or the token of a login. {NEEDS[form]}</p>
    </section>
  );
}
