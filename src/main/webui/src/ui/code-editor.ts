/** An editor of JSON. Comes with its library when the first request is edited as JSON. */
import { autocompletion, closeBrackets, closeBracketsKeymap, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { bracketMatching, foldGutter, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, forceLinting, lintGutter, linter } from "@codemirror/lint";
import { EditorState, StateEffect } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { SHAPES } from "../api/shapes.gen";
import type { FieldError } from "../api/types.gen";
import { markAt, misfits, pathAt, type ShapePart, shapeAt } from "../lib/json-places";

export type Shape = keyof typeof SHAPES;

export interface CodeEditor {
  set: (text: string) => void;
  mark: (errors: FieldError[]) => void;
  close: () => void;
}

interface Options { label: string; shape: Shape; value: string; onChange: (text: string) => void }

/** The API has said something of the text. */
const toldAnew = StateEffect.define<null>();

const COLOURS = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--accent)" },
  { tag: tags.string, color: "var(--ok)" },
  { tag: tags.number, color: "var(--run)" },
  { tag: [tags.bool, tags.null], color: "var(--violet)" },
  { tag: tags.invalid, color: "var(--fail)" },
]);

const LOOK = EditorView.theme({
  "&": { fontSize: "12.5px", backgroundColor: "var(--bg)", color: "var(--text)", border: "1px solid var(--ctl)", borderRadius: "6px", maxHeight: "520px" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "18px", minHeight: "300px", overflow: "auto" },
  ".cm-content": { caretColor: "var(--accent)" },
  ".cm-cursor": { borderLeftColor: "var(--accent)" },
  // to the lower edge also where there are few lines
  ".cm-gutters": { alignSelf: "stretch", backgroundColor: "var(--surface)", color: "var(--muted)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--line)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--raised)", outline: "1px solid var(--ctl)" },
  ".cm-tooltip": { backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--line)", borderRadius: "6px", maxWidth: "420px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--raised)", color: "var(--text)", boxShadow: "inset 2px 0 var(--accent)" },
  ".cm-tooltip .cm-completionDetail": { color: "var(--muted)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--fail)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--fail)", textUnderlineOffset: "3px" },
});

/** Fields that the place at the cursor may have, and values that its field may have. */
function offer(shape: ShapePart, context: CompletionContext): CompletionResult | null {
  const place = pathAt(context.state, context.pos);
  if (!place || !(context.explicit || place.inText)) return null;
  const part = shapeAt(shape, place.path);
  const options: Completion[] = place.isName
    ? Object.entries(part?.p ?? {}).filter(([name]) => !place.taken.has(name)).map(([name, field]) => ({ label: JSON.stringify(name), detail: field.t, info: field.d, apply: JSON.stringify(name) + (place.isNew ? ": " : "") }))
    : (part?.e ?? (part?.t === "boolean" ? [true, false] : [])).map((value) => ({ label: JSON.stringify(value) }));
  return options.length === 0 ? null : { from: place.from, to: place.to, options, filter: true };
}

export function openEditor(host: HTMLElement, { label, shape, value, onChange }: Options): CodeEditor {
  // in a shadow its styles are sheets that are adopted, which the content security policy allows
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  let told: FieldError[] = [];
  let setting = false;
  const syntax = jsonParseLinter();
  const problems = (view: EditorView): Diagnostic[] => {
    const unfit = misfits(view.state, SHAPES[shape]).map((one) => ({ ...one, severity: "error" as const }));
    const refused = told.map((error) => ({ ...markAt(view.state, error.pointer ?? ""), severity: "error" as const, message: `${error.pointer}: ${error.detail}` }));
    // of one place the API's word counts
    return [...syntax(view), ...unfit.filter((one) => !refused.some((other) => other.from === one.from)), ...refused];
  };
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: value,
      extensions: [
        lineNumbers(), foldGutter(), history(), drawSelection(), highlightActiveLine(), indentOnInput(), bracketMatching(), closeBrackets(),
        json(), syntaxHighlighting(COLOURS), lintGutter(), linter(problems, { delay: 300, needsRefresh: (update) => update.transactions.some((one) => one.effects.some((effect) => effect.is(toldAnew))) }),
        autocompletion({ override: [(context) => offer(SHAPES[shape], context)] }),
        // Tab leaves it, as it leaves every field
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, { key: "Escape", run: (at) => { at.contentDOM.blur(); return true; } }]),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
        EditorView.lineWrapping,
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          told = [];
          if (!setting) onChange(update.state.doc.toString());
        }),
        LOOK,
      ],
    }),
  });
  return {
    set: (text) => {
      if (text === view.state.doc.toString()) return;
      setting = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      setting = false;
    },
    mark: (errors) => {
      told = errors.filter((error) => (error.pointer ?? "").startsWith("/"));
      // what is marked is looked at once more, also where the text has not changed
      view.dispatch({ effects: toldAnew.of(null) });
      forceLinting(view);
    },
    close: () => view.destroy(),
  };
}
