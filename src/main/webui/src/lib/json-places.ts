/** Where in a JSON text a pointer points, and where in a document the cursor stands. Pure but for the editor's own state. */
import { ensureSyntaxTree, syntaxTree } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";

/**
 * What a part of a request may be: its type, description, fields, items and values; and, where the schema is plain about it, the
 * kinds of values that it takes, whether its values are all of them, whether its fields are, and which of them it needs.
 */
export interface ShapePart { t?: string; d?: string; p?: Record<string, ShapePart>; i?: ShapePart; e?: readonly unknown[]; k?: readonly string[]; s?: boolean; x?: boolean; q?: readonly string[] }

type Node = ReturnType<typeof syntaxTree>["topNode"];

const PARSE_MS = 200;
const NAME = "PropertyName";
const VALUES = ["Object", "Array", "String", "Number", "True", "False", "Null"];

const tree = (state: EditorState) => ensureSyntaxTree(state, state.doc.length, PARSE_MS) ?? syntaxTree(state);

function nameOf(state: EditorState, property: Node): string {
  const node = property.getChild(NAME);
  if (!node) return "";
  const text = state.sliceDoc(node.from, node.to);
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.replace(/^"|"$/g, "");
  }
}

const valuesIn = (node: Node): Node[] => {
  const found: Node[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) if (VALUES.includes(child.name)) found.push(child);
  return found;
};

/** What to mark for an RFC 6901 pointer; where it points at nothing, the nearest that there is around it. */
export function markAt(state: EditorState, pointer: string): { from: number; to: number } {
  let value: Node | undefined = valuesIn(tree(state).topNode)[0];
  let mark = value ? { from: value.from, to: value.from + 1 } : { from: 0, to: Math.min(1, state.doc.length) };
  for (const part of pointer.split("/").slice(1).map((each) => each.replaceAll("~1", "/").replaceAll("~0", "~"))) {
    if (!value) break;
    if (value.name === "Array") {
      value = valuesIn(value)[Number(part)];
      if (value) mark = { from: value.from, to: value.to };
      continue;
    }
    const property: Node | undefined = value.getChildren("Property").find((each) => nameOf(state, each) === part);
    if (!property) break;
    value = valuesIn(property)[0];
    const leaf = value && !["Object", "Array"].includes(value.name);
    const name = property.getChild(NAME)!;
    mark = leaf ? { from: value!.from, to: value!.to } : { from: name.from, to: name.to };
  }
  return mark;
}

export interface CursorPlace {
  path: string[];
  /** A name is written here; else a value. */
  isName: boolean;
  /** Nothing follows it yet. */
  isNew: boolean;
  /** Something has been begun. */
  inText: boolean;
  /** Names that the object has already. */
  taken: Set<string>;
  from: number;
  to: number;
}

/** Where the cursor stands; null: where nothing can be offered. */
export function pathAt(state: EditorState, pos: number): CursorPlace | null {
  const at = tree(state).resolveInner(pos, -1);
  const inName = at.name === NAME;
  const inValue = at.name === "String" || at.name === "Property" || at.name === ":";
  const container = at.name === "Object" || at.name === "{" || at.name === ",";
  if (!inName && !inValue && !container && at.name !== "⚠") return null;
  const object = inName ? at.parent?.parent : container && at.name !== "Object" ? at.parent : at;
  const path: string[] = [];
  for (let node: Node | null | undefined = inName || container ? object : at; node; node = node.parent) {
    if (node.name === "Property") path.unshift(nameOf(state, node));
    else if (node.parent?.name === "Array" && VALUES.includes(node.name)) path.unshift("0");
  }
  const isName = inName || container;
  const here = inName || at.name === "String";
  const own = inName ? at.parent : null;
  const taken = new Set((isName && object?.name === "Object" ? object.getChildren("Property") : []).filter((each) => each.from !== own?.from).map((each) => nameOf(state, each)));
  return { path, isName, isNew: !own || own.getChild(":") === null && valuesIn(own).length === 0, inText: here, taken, from: here ? at.from : pos, to: here ? at.to : pos };
}

/** The part of a shape at a path; items of a list are at any number. */
export function shapeAt(shape: ShapePart, path: string[]): ShapePart | undefined {
  let part: ShapePart | undefined = shape;
  for (const name of path) part = part?.p?.[name] ?? (/^\d+$/.test(name) ? part?.i : undefined);
  return part;
}

export interface Misfit { from: number; to: number; message: string }

const MOST_MISFITS = 50;
const KIND_OF: Record<string, string> = { Object: "object", Array: "array", String: "string", True: "boolean", False: "boolean", Null: "null" };
const SAYS: Record<string, string> = { object: "an object", array: "a list", string: "a text", integer: "a whole number", number: "a number", boolean: "true or false", null: "null" };

const listed = (words: string[]): string => (words.length < 2 ? words.join("") : words.slice(0, -1).join(", ") + " or " + words.at(-1));

/** What of a text cannot be what the request takes, each at its place; nothing where the text is not JSON yet. */
export function misfits(state: EditorState, shape: ShapePart): Misfit[] {
  const found: Misfit[] = [];
  const look = (node: Node, part: ShapePart, name?: Node) => {
    if (found.length >= MOST_MISFITS) return;
    const text = state.sliceDoc(node.from, node.to);
    const kind = KIND_OF[node.name] ?? (Number.isInteger(Number(text)) ? "integer" : "number");
    if (part.k && !part.k.includes(kind) && !(kind === "integer" && part.k.includes("number"))) {
      found.push({ from: node.from, to: node.to, message: `must be ${listed(part.k.map((one) => SAYS[one] ?? one))}` });
    } else if (node.name === "Object") {
      const properties = node.getChildren("Property");
      const names = properties.map((each) => nameOf(state, each));
      for (const needed of part.q ?? []) {
        if (!names.includes(needed)) found.push({ from: name?.from ?? node.from, to: name?.to ?? node.from + 1, message: `"${needed}" is missing` });
      }
      properties.forEach((each, i) => {
        const own = each.getChild(NAME)!;
        const field = part.p?.[names[i]];
        const value = valuesIn(each)[0];
        if (!field && part.x) found.push({ from: own.from, to: own.to, message: `there is no field "${names[i]}" here` });
        else if (field && value) look(value, field, own);
      });
    } else if (node.name === "Array") {
      for (const each of part.i ? valuesIn(node) : []) look(each, part.i!);
    } else if (part.s && part.e && !part.e.some((value) => JSON.stringify(value) === text)) {
      found.push({ from: node.from, to: node.to, message: `must be ${listed(part.e.map((value) => JSON.stringify(value)))}` });
    }
  };
  try {
    JSON.parse(state.doc.toString());
  } catch {
    return found;
  }
  const whole = valuesIn(tree(state).topNode)[0];
  if (whole) look(whole, shape);
  return found;
}
