/** One conversation while somebody looks at it: what was said, and what is being said. */
import { computed, signal } from "@preact/signals";
import { at, call, Refusal, send, words } from "../../api/http";
import { onGaps } from "../../api/live";
import { events } from "../../api/sse";
import type { Approval, Conversation, Message } from "../../api/types.gen";
import type { Told } from "../../lib/sse";
import { titleFrom } from "../../lib/title";
import { announce, say } from "../../ui/announce";
import { present } from "./branch";

const AGAIN_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const PAGE = 1_000;
const MOST_PAGES = 10;

interface Ended { status: string; error?: string }

export class Talk {
  readonly conversation = signal<Conversation | null>(null);
  readonly all = signal<ReadonlyMap<string, Message>>(new Map());
  readonly approvals = signal<readonly Approval[]>([]);
  readonly problem = signal("");
  readonly missing = signal(false);
  /** How the turn ended that was read here; null: none was, or one runs. */
  readonly ended = signal<Ended | null>(null);
  readonly stopping = signal(false);
  /** The answer that comes, and when its calls of tools began; painted once a frame. */
  readonly partial = signal<{ messageId: string; text: string } | null>(null);
  readonly began = signal<ReadonlyMap<string, number>>(new Map());
  /** From sending to the first word, of messages that were sent here. */
  readonly firstWord = signal<number | null>(null);
  readonly branch = computed(() => (this.conversation.value ? present(this.conversation.value, this.all.value) : []));
  readonly running = computed(() => this.conversation.value?.turn !== undefined);

  private coming: { messageId: string; text: string } | null = null;
  private frame = 0;
  private last = "";
  /** The turn that was read to its end. */
  private read = "";
  private sentAt = 0;
  private closed = false;
  private following: AbortController | undefined;
  private readonly stops: (() => void)[] = [];

  constructor(readonly id: string) {}

  start(): this {
    this.stops.push(onGaps(() => this.reload()));
    return this;
  }

  stop(): void {
    this.closed = true;
    this.stops.splice(0).forEach((stop) => stop());
    this.following?.abort();
    cancelAnimationFrame(this.frame);
  }

  readonly path = (...rest: string[]): string => at("conversations", this.id, ...rest);

  async reload(): Promise<void> {
    try {
      const conversation = await call<Conversation>("GET", this.path());
      const found = new Map<string, Message>();
      let token = "";
      for (let page = 0; page < MOST_PAGES; page++) {
        const answer = await call<{ items?: Message[]; nextPageToken?: string }>("GET", `${this.path("messages")}?pageSize=${PAGE}${token && "&pageToken=" + encodeURIComponent(token)}`);
        for (const one of answer.items ?? []) found.set(one.id!, one);
        if (!answer.nextPageToken) break;
        token = answer.nextPageToken;
      }
      if (this.closed) return;
      this.all.value = found;
      this.conversation.value = conversation;
      this.problem.value = "";
      await this.readApprovals();
      if (!conversation.turn) this.stopping.value = false;
      if (conversation.turn) void this.follow(conversation.turn.executionId ?? "");
    } catch (cause) {
      if (this.closed) return;
      this.missing.value = cause instanceof Refusal && cause.status === 404;
      this.problem.value = words(cause);
    }
  }

  async readApprovals(): Promise<void> {
    const answer = await call<{ items?: Approval[] }>("GET", `/api/approvals?conversationId=${encodeURIComponent(this.id)}&pageSize=100`);
    if (!this.closed) this.approvals.value = answer.items ?? [];
  }

  /** Says something, something else in the place of a message, or the same again. */
  async say(path: string[], content?: string): Promise<void> {
    this.ended.value = null;
    this.firstWord.value = null;
    this.sentAt = performance.now();
    if (content !== undefined) await this.name(content);
    const answer = await send("POST", this.path(...path), content === undefined ? undefined : { content }, undefined, { "Idempotency-Key": crypto.randomUUID?.() ?? String(Math.random()) });
    const said = (await answer.json()) as { message: Message };
    this.all.value = new Map(this.all.value).set(said.message.id!, said.message);
    await this.reload();
  }

  /** A conversation without a title gets the first words of it. Before the turn begins, which changes it too. */
  private async name(said: string): Promise<void> {
    const one = this.conversation.peek();
    const title = titleFrom(said);
    if (!one || one.title !== undefined || one.lastMessageId || !title) return;
    await call("PUT", this.path(), { title, metadata: one.metadata, tags: one.tags, variables: one.variables }).catch(() => undefined);
  }

  /** Nothing more is painted from the moment on in which somebody says stop. */
  async cancel(): Promise<void> {
    this.stopping.value = true;
    try {
      await call("POST", this.path("cancel"));
    } catch (cause) {
      this.stopping.value = false;
      // it had ended just before
      if (!(cause instanceof Refusal && cause.status === 409)) throw cause;
    }
  }

  /** Reads the running turn along until it has ended; after a lost connection from where it was. */
  private async follow(executionId: string): Promise<void> {
    if (this.following) return;
    const mine = (this.following = new AbortController());
    // the turn is ended a moment before the conversation says so
    if (executionId === this.read) await pause(AGAIN_MS);
    this.last = "";
    let done = false;
    for (let wait = AGAIN_MS; !done && !mine.signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        const after = this.last && "?after=" + encodeURIComponent(this.last);
        await events("GET", this.path("stream") + after, undefined, mine.signal, (event) => {
          wait = AGAIN_MS;
          done = this.take(event) || done;
        });
      } catch (cause) {
        if (mine.signal.aborted) return;
        if (cause instanceof Refusal && cause.status >= 400 && cause.status < 500 && cause.status !== 429) break;
      }
      if (!done) await pause(wait);
    }
    this.following = undefined;
    this.stopping.value = false;
    this.coming = null;
    this.paint();
    this.read = done ? executionId : this.read;
    if (done && !this.closed) await this.reload();
  }

  /** Whether it was the last event of the turn. */
  private take(event: Told): boolean {
    const data = JSON.parse(event.data);
    if (event.id) this.last = event.id;
    switch (event.type) {
      case "restart":
        this.coming = { messageId: data.messageId, text: "" };
        break;
      case "delta":
        if (this.stopping.peek()) break;
        if (this.coming?.messageId !== data.messageId) this.coming = { messageId: data.messageId, text: "" };
        this.coming!.text += data.text;
        if (this.sentAt > 0) this.firstWord.value = performance.now() - this.sentAt;
        this.sentAt = 0;
        break;
      case "message":
        if (this.coming?.messageId === data.id) this.coming = null;
        this.all.value = new Map(this.all.peek()).set(data.id, data);
        if (data.role === "tool") this.decided();
        break;
      case "tool":
        this.began.value = new Map(this.began.peek()).set(data.toolCallId, Date.now());
        this.decided();
        break;
      case "approval":
        // who opens the page sees what waits already
        if (this.approvals.peek().some((one) => one.id === data.approvalId)) break;
        announce(`${data.tool} needs your approval`);
        void this.readApprovals().catch(() => undefined);
        break;
      case "done":
        this.ended.value = { status: data.status, error: data.error };
        say(data.status === "COMPLETED" ? "The answer is there" : "The turn has ended: " + (data.error ?? data.status));
        break;
    }
    this.frame ||= requestAnimationFrame(() => this.paint());
    return event.type === "done";
  }

  /** Somebody else, or nobody in time, has decided about a call that waited. */
  private decided(): void {
    if (this.approvals.peek().some((one) => one.state === "PENDING")) void this.readApprovals().catch(() => undefined);
  }

  private paint(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.partial.value = this.coming && { ...this.coming };
  }
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
