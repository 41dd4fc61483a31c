import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { useRead } from "../../api/hooks";
import { at, call, me } from "../../api/http";
import type { Agent, Message } from "../../api/types.gen";
import { duration, grouped, plural } from "../../lib/format";
import { href } from "../../lib/route";
import { Copy, Empty, Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { useOpenRecord } from "../../ui/inspector";
import { chain, type Entry, entries, pieces, textOf, tipUnder, versions } from "./branch";
import { Talk } from "./talk";
import { ToolCall } from "./tool-call";

const NEAR_END = 40;

export function Chat({ id }: { id: string }) {
  const talk = useMemo(() => new Talk(id), [id]);
  useEffect(() => {
    talk.start();
    return () => talk.stop();
  }, [talk]);
  const conversation = talk.conversation.value;
  const agent = useRead<Agent>(conversation?.agentId ? at("agents", conversation.agentId) : null).value.value;
  const other = useSignal<string | null>(null);
  const { act, problem } = useAct();
  useCommands([{ path: talk.path("messages") }, { method: "POST", path: talk.path("messages"), body: { content: "Hello" } }]);
  const branch = other.value && talk.all.value.has(other.value) ? chain(talk.all.value, tipUnder(talk.all.value, other.value)) : talk.branch.value;
  const old = other.value !== null && branch.at(-1)?.id !== talk.branch.value.at(-1)?.id;
  const mine = !me.value?.name || conversation?.user === me.value.name;
  const say = (path: string[], content?: string) => act("Send", async () => {
    other.value = null;
    await talk.say(path, content);
  });
  useOpenRecord(conversation && id, conversation?.title ?? "Conversation");
  if (talk.missing.value) return <main id="main"><h1 tabIndex={-1}>Conversation</h1><Empty title="There is no such conversation"><p>It was deleted, or is somebody else's.</p></Empty></main>;
  return (
    <main id="main" class="chat">
      <div class="page-head">
        <h1 tabIndex={-1}>{conversation?.title ?? "Conversation"}</h1>
        <p class="muted">{agent && <>with <a href={href("agents", [agent.id!])}>{agent.name}</a> · {agent.model}</>}{conversation && !mine && <> · of {conversation.user}</>}</p>
        <span class="actions end">{conversation && <Confirm label="Delete" ask="Delete this conversation?" yes="Yes, delete" why={talk.running.value ? "A turn runs" : null} onPress={() => act("Delete", async (go) => {
          await call("DELETE", talk.path());
          go(href("agents", [], { part: "conversations" }));
        })} />}</span>
      </div>
      <Notice>{talk.problem.value || problem.value}</Notice>
      <Said talk={talk} branch={branch} old={old} mine={mine} agent={agent} say={say} show={(wanted) => { other.value = wanted; }} />
      {old
        ? <div class="composer"><p class="muted">An earlier branch, to be read. What is said goes on from the newest one.</p><Button label="To the newest branch" kind="primary" onPress={() => { other.value = null; }} /></div>
        : <Composer talk={talk} mine={mine} say={say} act={act} />}
    </main>
  );
}

interface SaidProps { talk: Talk; branch: Message[]; old: boolean; mine: boolean; agent: Agent | null; say: (path: string[], content?: string) => Promise<void>; show: (id: string) => void }

function Said({ talk, branch, old, mine, agent, say, show }: SaidProps) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const shown = entries(branch, talk.approvals.value);
  const partial = old ? null : talk.partial.value;
  const running = !old && talk.running.value;
  const queued = old ? [] : (talk.conversation.value?.queued ?? []).map((id) => talk.all.value.get(id)).filter((one) => one !== undefined);
  // who scrolls up reads in peace
  const look = () => { if (box.current) follows.current = box.current.scrollHeight - box.current.scrollTop - box.current.clientHeight < NEAR_END; };
  useLayoutEffect(() => { if (follows.current && box.current) box.current.scrollTop = box.current.scrollHeight; });
  const last = shown.at(-1);
  const ended = old ? null : talk.ended.value;
  const unanswered = !running && last && (last.message.role === "user" || last.calls.length > 0) && talk.conversation.value;
  return (
    <div class="said" ref={box} onScroll={look} tabIndex={0} role="log" aria-live="off" aria-label="What was said" aria-busy={running}>
      {shown.length === 0 && !running && talk.conversation.value && <Empty title="Nothing was said yet"><p>Write below what {agent?.name ?? "the agent"} is to do. A turn is an execution: it goes on when this page is closed.</p></Empty>}
      {shown.map((entry) => entry.message.role === "user"
        ? <UserSaid key={entry.message.id} message={entry.message} all={versions(talk.all.value, entry.message)} mine={mine} say={say} show={show} />
        : <Answer key={entry.message.id} entry={entry} talk={talk} running={running} agent={agent} retry={entry === last && !running && mine ? () => say(["messages", entry.message.id!, "retry"]) : undefined} />)}
      {partial && <section class="bubble answer" aria-label="The answer, as it comes"><Text text={partial.text} /><span class="caret" aria-hidden="true" /></section>}
      {running && !partial && !last?.calls.some((one) => !one.result) && <p class="muted bubble"><Status of="RUNNING" word={talk.stopping.value ? "Stopping" : "Waits for the model"} /></p>}
      {ended && ended.status !== "COMPLETED" && <Notice tone={ended.status === "CANCELLED" ? "warn" : "fail"}>{ended.status === "CANCELLED" ? "Stopped." : ended.error ?? "The turn failed."}</Notice>}
      {unanswered && <div class="actions"><span class="muted">There is no answer to this.</span>
        {mine && <Button label="Try again" onPress={() => say(["messages", last.message.id!, "retry"])} />}
        {last.message.executionId && <a href={href("executions", [last.message.executionId])}>Why: its execution</a>}</div>}
      {queued.map((one) => <section key={one.id} class="bubble user waiting-turn" aria-label="Waits for its turn"><Text text={textOf(one)} /><Status of="QUEUED" word="Waits for its turn" /></section>)}
    </div>
  );
}

function UserSaid({ message, all, mine, say, show }: { message: Message; all: Message[]; mine: boolean; say: SaidProps["say"]; show: (id: string) => void }) {
  const editing = useSignal(false);
  const text = useSignal("");
  const index = all.findIndex((one) => one.id === message.id);
  const send = () => {
    editing.value = false;
    void say(["messages", message.id!, "edit"], text.value);
  };
  return (
    <section class="bubble user" aria-label="You said">
      {editing.value
        ? <form class="form" onSubmit={(event) => { event.preventDefault(); send(); }}>
          <label class="field"><span class="unseen">Say instead</span><textarea name="edit" rows={3} value={text.value} onInput={(event) => { text.value = event.currentTarget.value; }} /></label>
          <div class="actions"><Button label="Send instead" type="submit" kind="primary" why={text.value.trim() ? null : "There is nothing to say"} onPress={() => undefined} /><Button label="Back" onPress={() => { editing.value = false; }} /></div>
        </form>
        : <Text text={textOf(message)} />}
      <div class="bubble-foot"><Time at={message.createdAt} />
        {all.length > 1 && <span class="branches">
          <button type="button" class="link" aria-label="The branch before" disabled={index <= 0} onClick={() => show(all[index - 1].id!)}>‹</button>
          <span class="num">{index + 1} of {all.length}</span>
          <button type="button" class="link" aria-label="The next branch" disabled={index >= all.length - 1} onClick={() => show(all[index + 1].id!)}>›</button>
        </span>}
        <Copy text={textOf(message)}>Copy</Copy>
        {mine && !editing.value && <button type="button" class="link" onClick={() => { text.value = textOf(message); editing.value = true; }}>Edit</button>}
      </div>
    </section>
  );
}

function Answer({ entry, talk, running, agent, retry }: { entry: Entry; talk: Talk; running: boolean; agent: Agent | null; retry?: () => void }) {
  const { message, calls } = entry;
  const text = textOf(message);
  const usage = message.usage;
  const rate = usage?.completionTokens && message.latencyMs ? (1000 * usage.completionTokens) / message.latencyMs : 0;
  const room = agent?.limits?.contextTokens;
  return (
    <section class="bubble answer" aria-label={calls.length > 0 ? "The agent calls " + plural(calls.length, "tool") : "The agent answered"}>
      {text && <Text text={text} />}
      {calls.length > 0 && <ul class="tool-calls">{calls.map((one) => <ToolCall key={one.id} call={one} askedAt={message.createdAt} beganAt={running ? talk.began.value.get(one.id) : undefined} running={running} again={() => talk.readApprovals()} />)}</ul>}
      <div class="bubble-foot">
        {message.cut && <span>cut: it may say no more</span>}
        {usage && <span title={room ? `The prompt had ${grouped(usage.promptTokens)} tokens; there is room for ${grouped(room)}` : undefined}>{grouped(usage.promptTokens)} → {plural(usage.completionTokens ?? 0, "token")}</span>}
        {message.latencyMs !== undefined && <span>{duration(message.latencyMs)}{rate >= 1 ? `, ${Math.round(rate)}/s` : ""}</span>}
        {retry && talk.firstWord.value !== null && <span>first word after {duration(talk.firstWord.value)}</span>}
        {text && <Copy text={text}>Copy</Copy>}
        {retry && calls.length === 0 && <button type="button" class="link" onClick={retry}>Answer again</button>}
      </div>
    </section>
  );
}

/** Text as it is, and code in it with a way to copy it. Never markup. */
export function Text({ text }: { text: string }) {
  return <>{pieces(text.trimStart()).map((piece, i) => piece.code === undefined
    ? <p key={i} class="prose">{piece.text}</p>
    : <div key={i} class="code-box"><div class="split"><span class="muted small">{piece.code || "code"}</span><span class="end"><Copy text={piece.text}>Copy</Copy></span></div><pre class="json" tabIndex={0}>{piece.text}</pre></div>)}</>;
}

function Composer({ talk, mine, say, act }: { talk: Talk; mine: boolean; say: SaidProps["say"]; act: ReturnType<typeof useAct>["act"] }) {
  const text = useSignal("");
  const running = talk.running.value;
  const why = !mine ? "Only the conversation's user may say something" : null;
  const send = () => {
    const content = text.value.trim();
    if (why || !content) return;
    text.value = "";
    void say(["messages"], content);
  };
  return (
    <form class="composer" onSubmit={(event) => { event.preventDefault(); send(); }}>
      <label class="field"><span class="unseen">Say something</span>
        <textarea name="message" rows={2} placeholder={running ? "Sent now, it waits until this turn ends" : "Enter sends, Shift Enter begins a line"} value={text.value} onInput={(event) => { text.value = event.currentTarget.value; }}
          onKeyDown={(event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); } }} />
      </label>
      <div class="actions">
        <Button label="Send" type="submit" kind="primary" why={why ?? (text.value.trim() ? null : "There is nothing to say")} onPress={() => undefined} />
        {running && <Button label="Stop" kind="danger" why={talk.stopping.value ? "It is being stopped" : null} onPress={() => act("Stop", () => talk.cancel())} />}
      </div>
    </form>
  );
}
