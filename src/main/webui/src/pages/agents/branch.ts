/** Messages are a tree: what is edited or answered again begins a branch. Which of it is to be read, and what belongs together. Pure. */
import type { Approval, Conversation, Message } from "../../api/types.gen";

export type Messages = ReadonlyMap<string, Message>;

/** The number of the step of the turn that made a message; -1 of what a user said. */
export const stepOf = (id: string | undefined): number => Number(/:(\d+)$/.exec(id ?? "")?.[1] ?? -1);

/** The branch that ends with this message, oldest first. */
export function chain(all: Messages, lastId: string | undefined): Message[] {
  const found: Message[] = [];
  const seen = new Set<string>();
  for (let at = all.get(lastId ?? ""); at && !seen.has(at.id!); at = all.get(at.parentId ?? "")) {
    seen.add(at.id!);
    found.push(at);
  }
  return found.reverse();
}

/**
 * What is read now. While a turn runs its results come in any order, each with the one before it as parent, so that the chain has gaps:
 * of a turn that runs all messages are taken, by their steps.
 */
export function present(conversation: Conversation, all: Messages): Message[] {
  const turn = conversation.turn;
  const asked = all.get(turn?.messageId ?? "");
  if (!turn || !asked) return chain(all, conversation.lastMessageId);
  const before = chain(all, asked.parentId || asked.inPlaceOf ? asked.parentId : conversation.lastMessageId);
  const made = [...all.values()].filter((one) => one.executionId === turn.executionId && one.role !== "user");
  return [...before, asked, ...made.sort((a, b) => stepOf(a.id) - stepOf(b.id))];
}

/** The newest message that follows from this one, or it itself. */
export function tipUnder(all: Messages, id: string): string {
  const under = new Set([id]);
  let tip = id;
  // whoever follows from a message came later, and the map is in that order
  for (const one of all.values()) {
    if (!one.parentId || !under.has(one.parentId)) continue;
    under.add(one.id!);
    tip = one.id!;
  }
  return tip;
}

/** The messages that stand in one place, oldest first; one where nothing was said instead. */
export function versions(all: Messages, message: Message): Message[] {
  const root = (one: Message): string => {
    const seen = new Set<string>();
    let at = one;
    while (at.inPlaceOf && !seen.has(at.id!)) {
      seen.add(at.id!);
      const next = all.get(at.inPlaceOf);
      if (!next) return at.inPlaceOf;
      at = next;
    }
    return at.id!;
  };
  const mine = root(message);
  return [...all.values()].filter((one) => one.role === "user" && root(one) === mine);
}

export interface Call {
  id: string;
  name: string;
  arguments: string;
  result?: Message;
  approval?: Approval;
}

export interface Entry { message: Message; calls: Call[] }

/** What is shown as one: a user's words, or an answer with its calls and their results. */
export function entries(branch: readonly Message[], approvals: readonly Approval[]): Entry[] {
  const found: Entry[] = [];
  for (const message of branch) {
    const asking = found.at(-1);
    if (message.role === "tool") {
      const call = asking?.calls.find((one) => one.id === message.toolCallId && !one.result);
      if (call) call.result = message;
      continue;
    }
    found.push({ message, calls: (message.toolCalls ?? []).map((call) => ({ id: call.id ?? "", name: call.name ?? "", arguments: call.arguments ?? "" })) });
  }
  for (const entry of found) {
    const left = approvals.filter((one) => one.executionId === entry.message.executionId);
    for (const call of entry.calls) call.approval = approvalOf(call, left, entry.calls);
  }
  return found;
}

/** Of a call that has a result its step says which; of one that waits, its name and what it was called with. */
function approvalOf(call: Call, approvals: Approval[], calls: Call[]): Approval | undefined {
  const step = stepOf(call.result?.id);
  const taken = new Set(calls.map((one) => one.approval?.id));
  const fit = call.result
    ? approvals.filter((one) => one.stepIndex === step)
    : approvals.filter((one) => !taken.has(one.id) && one.toolName === call.name && one.arguments === call.arguments && !calls.some((other) => other.result && stepOf(other.result.id) === one.stepIndex));
  return fit.reduce<Approval | undefined>((last, one) => (!last || (one.round ?? 0) > (last.round ?? 0) ? one : last), undefined);
}

export interface Piece { text: string; code?: string }

/** Text and the code in it, which is fenced by three backticks. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  text.split(/^```/m).forEach((part, i) => {
    if (i % 2 === 0) {
      if (part.trim()) found.push({ text: part.replace(/^\n|\n$/g, "") });
      return;
    }
    const end = part.indexOf("\n");
    found.push({ code: end < 0 ? part : part.slice(0, end).trim(), text: end < 0 ? "" : part.slice(end + 1).replace(/\n$/, "") });
  });
  return found;
}

export const textOf = (message: Message): string => (message.content ?? []).map((part) => part.text ?? "").join("\n");

const PAGES: Record<string, string> = { ex: "executions", job: "jobs", dep: "deployments", model: "models" };

/** Records that a result names: where they are read. */
export function named(text: string): { id: string; page: string }[] {
  const ids = new Set(text.match(/\b(?:ex|job|dep|model)_[0-9a-z]{20,40}\b/g) ?? []);
  return [...ids].slice(0, 5).map((id) => ({ id, page: PAGES[id.split("_")[0]] }));
}

/** Arguments as they are read: indented where they are JSON. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
