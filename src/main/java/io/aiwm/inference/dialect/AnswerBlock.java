package io.aiwm.inference.dialect;

import io.aiwm.common.Ids;

/** A part of an answer: a text, a refusal or a call of a tool. */
final class AnswerBlock {
    enum Kind {
        TEXT,
        REFUSAL,
        TOOL
    }

    /** Is told of blocks that follow each other: one is closed before the next is opened. */
    interface Sink {
        void opened(AnswerBlock block);

        void added(AnswerBlock block, String piece);

        void closed(AnswerBlock block);
    }

    final Kind kind;
    /** In the order in which blocks begin. */
    final int index;
    /** Of the call; null: it is no call, or none has come yet. */
    String id;
    /** Of the tool; null: not known yet, or it is no call. */
    String name;

    private final StringBuilder whole = new StringBuilder();
    private final JsonExtent extent = new JsonExtent();
    private int passedOn;
    private boolean opened;
    private boolean closed;

    AnswerBlock(Kind kind, int index) {
        this.kind = kind;
        this.index = index;
    }

    /** The text, or the call's arguments as JSON. */
    String whole() {
        return whole.toString();
    }

    boolean isClosed() {
        return closed;
    }

    void append(String piece) {
        whole.append(piece);
        if (kind == Kind.TOOL) {
            extent.add(piece);
        }
    }

    /** Whether another block may follow: arguments have an end of their own, a text ends where something else begins. */
    boolean mayEnd() {
        return kind == Kind.TOOL ? extent.isComplete() : passedOn == whole.length();
    }

    /** Opens it if need be, and passes on what has come. Does nothing before the tool's name has come. */
    void pass(Sink sink) {
        if (kind == Kind.TOOL && name == null) {
            return;
        }
        if (!opened) {
            opened = true;
            if (kind == Kind.TOOL && id == null) {
                id = Ids.next("call");
            }
            sink.opened(this);
        }
        // half of a surrogate pair is no character: it waits for the other half
        int end = whole.length();
        if (end > passedOn && Character.isHighSurrogate(whole.charAt(end - 1))) {
            end--;
        }
        pass(sink, end);
    }

    private void pass(Sink sink, int end) {
        if (end > passedOn) {
            String piece = whole.substring(passedOn, end);
            passedOn = end;
            sink.added(this, piece);
        }
    }

    void close(Sink sink) {
        pass(sink);
        if (!opened) {
            throw new MalformedChunk("a call of a tool without its name");
        }
        pass(sink, whole.length());
        closed = true;
        sink.closed(this);
    }
}
