/** Two versions of a model side by side, row by row. Pure. */
import type { ModelFile, ModelVersion } from "../../api/types.gen";
import { bytes, grouped, none } from "../../lib/format";

/** What its files say of themselves. */
interface Info { architecture?: string; parameters?: number; quantization?: string; contextLength?: number; layers?: number; vocabulary?: number; chatTemplate?: boolean; experts?: { count?: number; used?: number } }

export interface Compared { name: string; a: string; b: string; same: boolean }

/** 494,032,768 as 494 M: what a model is called by. */
export function parametersText(count: number | undefined): string {
  if (count === undefined) return none;
  for (const [unit, one] of [["T", 1e12], ["B", 1e9], ["M", 1e6], ["K", 1e3]] as const) {
    if (count >= one) return (count / one).toFixed(count / one < 10 ? 2 : count / one < 100 ? 1 : 0).replace(/\.0+$/, "") + " " + unit;
  }
  return String(count);
}

/** Of two sizes what the second is to the first. */
export function growth(from: number | undefined, to: number | undefined): string {
  if (!from || to === undefined || from === to) return "";
  const percent = Math.round((100 * (to - from)) / from);
  return ` (${percent > 0 ? "+" : percent < 0 ? "−" : "±"}${grouped(Math.abs(percent))}%)`;
}

export const infoOf = (version: ModelVersion): Info => (version.info ?? {}) as Info;

const number = (value: number | undefined): string => (value === undefined ? none : grouped(value));
const yes = (value: boolean | undefined): string => (value === undefined ? none : value ? "yes" : "no");

/** @param usedBy who uses each version, by its number */
export function compared(a: ModelVersion, b: ModelVersion, license: string | undefined, usedBy: (version: ModelVersion) => string[], aliases: (version: ModelVersion) => string[]): Compared[] {
  const [x, y] = [infoOf(a), infoOf(b)];
  const row = (name: string, of: (version: ModelVersion, info: Info) => string, more = ""): Compared => {
    const [left, right] = [of(a, x), of(b, y)];
    return { name, a: left, b: right + more, same: left === right };
  };
  return [
    row("Size", (version) => bytes(version.sizeBytes), growth(a.sizeBytes, b.sizeBytes)),
    row("Files", (version) => number(version.fileCount)),
    row("Format", (version) => version.format ?? none),
    row("Architecture", (_, info) => info.architecture ?? none),
    row("Parameters", (_, info) => parametersText(info.parameters), growth(x.parameters, y.parameters)),
    row("Quantisation", (_, info) => info.quantization ?? none),
    row("Context, tokens", (_, info) => number(info.contextLength)),
    row("Layers", (_, info) => number(info.layers)),
    row("Vocabulary", (_, info) => number(info.vocabulary)),
    row("Chat template", (_, info) => yes(info.chatTemplate)),
    row("Licence", () => license ?? none),
    row("Aliases", (version) => aliases(version).join(", ") || "none"),
    row("Used by", (version) => usedBy(version).join(", ") || "none"),
    row("Made by", (version) => version.createdBy ?? none),
    row("Notes", (version) => version.notes ?? none),
  ].filter((one) => one.a !== none || one.b !== none);
}

export interface FileChange { path: string; what: "added" | "removed" | "changed" | "same"; a?: ModelFile; b?: ModelFile }

/** By path; what has the same sum has the same content. */
export function fileChanges(a: readonly ModelFile[], b: readonly ModelFile[]): FileChange[] {
  const before = new Map(a.map((file) => [file.path ?? "", file]));
  const after = new Map(b.map((file) => [file.path ?? "", file]));
  return [...new Set([...before.keys(), ...after.keys()])].sort().map((path) => {
    const [old, now] = [before.get(path), after.get(path)];
    return { path, a: old, b: now, what: !old ? "added" : !now ? "removed" : old.sha256 === now.sha256 ? "same" : "changed" };
  });
}
