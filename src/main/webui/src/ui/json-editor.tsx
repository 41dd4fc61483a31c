import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { FieldError } from "../api/types.gen";
import type { CodeEditor, Shape } from "./code-editor";

interface JsonEditorProps {
  label: string;
  value: string;
  /** Which request it is: what it may hold is offered while one types. */
  shape: Shape;
  /** What the API has said of it; each is marked at its field. */
  errors: FieldError[];
  onChange: (value: string) => void;
}

/** A request as JSON. The editor comes when it is first needed; until then, and without it, the text can be changed as it is. */
export function JsonEditor({ label, value, shape, errors, onChange }: JsonEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<CodeEditor | undefined>(undefined);
  const ready = useSignal(false);
  const change = useRef(onChange);
  change.current = onChange;
  useEffect(() => {
    let here = true;
    import("./code-editor").then((it) => {
      if (!here || !host.current) return;
      editor.current = it.openEditor(host.current, { label, shape, value, onChange: (text) => change.current(text) });
      ready.value = true;
    }, () => { /* the plain field does the same, without colours */ });
    return () => {
      here = false;
      editor.current?.close();
      editor.current = undefined;
    };
  }, []);
  // not after the next picture: what is typed until then would be replaced by the older text, and the cursor would jump
  useLayoutEffect(() => { editor.current?.set(value); }, [value, ready.value]);
  useEffect(() => { editor.current?.mark(errors); }, [errors, ready.value]);
  return (
    <div class="field">
      <span>{label}</span>
      <div class="code-editor" ref={host} hidden={!ready.value} />
      <textarea name="json" class="mono" rows={18} spellcheck={false} aria-label={label} hidden={ready.value} value={value} onInput={(event) => onChange(event.currentTarget.value)} />
    </div>
  );
}
