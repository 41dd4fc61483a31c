import type { ComponentChildren } from "preact";

interface FieldProps {
  label: string;
  name: string;
  value: string;
  onInput: (event: InputEvent & { currentTarget: HTMLInputElement }) => void;
  help?: ComponentChildren;
  error?: string;
  required?: boolean;
  pattern?: string;
  maxLength?: number;
  inputMode?: "numeric" | "decimal";
  type?: "text" | "datetime-local";
  /** The id of a datalist to choose from. */
  list?: string;
}

/** A labelled input: what is wrong with it stands below it, and is read with it. */
export function Field({ label, help, error, name, ...input }: FieldProps) {
  const id = `f-${name}`;
  return (
    <label class="field">
      <span>{label}</span>
      <input name={name} autocomplete="off" spellcheck={false} {...input} aria-invalid={error ? "true" : undefined} aria-describedby={error || help ? id : undefined} />
      {(error || help) && <small id={id} class={error ? "fail" : "muted"}>{error ?? help}</small>}
    </label>
  );
}

export function Choice({ label, name, value, options, onChange }: { label: string; name: string; value: string; options: [string, string][]; onChange: (value: string) => void }) {
  return (
    <label class="field"><span>{label}</span>
      <select name={name} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([key, text]) => <option key={key} value={key}>{text}</option>)}
      </select>
    </label>
  );
}

export function Check({ label, name, checked, onChange }: { label: ComponentChildren; name: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" name={name} checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} /> <span>{label}</span>
    </label>
  );
}
