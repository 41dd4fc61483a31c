import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { expired, me, signIn, signOut, words } from "../api/http";
import { Notice } from "../ui/basic";

function Form({ id, name, onDone }: { id: string; name: string; onDone?: () => void }) {
  const problem = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    busy.value = true;
    try {
      await signIn(String(said.get("username")), String(said.get("password")));
      onDone?.();
    } catch (cause) {
      problem.value = words(cause);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form id={id} onSubmit={submit}>
      <label class="field"><span>Name</span><input name="username" autocomplete="username" required value={name} autocapitalize="none" spellcheck={false} /></label>
      <label class="field"><span>Password</span><input name="password" type="password" autocomplete="current-password" required ref={(input) => { if (input && !input.dataset.met) { input.dataset.met = "1"; input.focus(); } }} /></label>
      <Notice>{problem.value}</Notice>
      <button class="btn primary" type="submit" aria-busy={busy.value}>Sign in</button>
    </form>
  );
}

/** The address stays as it is, so that after it one is where one wanted to be. */
export function SignIn() {
  useEffect(() => { document.title = "Sign in · AIWM"; }, []);
  return (
    <main class="signin">
      <h1>AIWM</h1>
      <p class="muted">AI Workload Manager</p>
      <Form id="signin" name="admin" />
      <details class="help"><summary>Where is the first password?</summary>
        <p>In the file <code>admin-password</code> in the data folder of the controller, unless <code>AIWM_ADMIN_PASSWORD</code> was set.</p>
      </details>
    </main>
  );
}

/** The token has ended: what is on screen stays, and says that it is old, until somebody signs in again. */
export function Expired() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (expired.value && !dialog.current?.open) dialog.current?.showModal();
    if (!expired.value) dialog.current?.close();
  }, [expired.value]);
  if (!expired.value) return <dialog ref={dialog} />;
  return (
    <dialog ref={dialog} class="box" aria-labelledby="expired-title" onCancel={(event) => event.preventDefault()}>
      <h2 id="expired-title">Your session has ended</h2>
      <p class="muted">What you see stays as it was. Sign in to go on where you are.</p>
      <Form id="signin-again" name={me.value?.name ?? ""} />
      <button type="button" class="btn" onClick={signOut}>Sign in as somebody else</button>
    </dialog>
  );
}
