package io.aiwm.worker.link;

/** Why there is no session (any more), and so how soon to try for the next. Fails a transport's futures. */
final class LinkEnding extends RuntimeException {
    private static final long serialVersionUID = 1;

    enum Kind {
        /** The network, or a controller that does not answer: try again, more patiently each time. */
        LOST,
        /** The controller goes away on purpose or does not know the session: another one is waiting. */
        MOVED,
        /** The controller said no: soon is pointless, but it may change its mind. */
        REFUSED,
        /** The credential is worthless: a person has to act. */
        BARRED,
        /** Another process is this node: coming back would throw that one out, and it us, for ever. */
        REPLACED
    }

    final Kind kind;

    LinkEnding(Kind kind, String why) {
        super(why, null, false, false);
        this.kind = kind;
    }

    static LinkEnding of(Throwable cause) {
        return cause instanceof LinkEnding ending
                ? ending
                : new LinkEnding(Kind.LOST, String.valueOf(cause.getMessage()));
    }

    static LinkEnding notAccepted(boolean shown, String why) {
        return new LinkEnding(
                Kind.BARRED,
                shown
                        ? "the controller does not accept this worker's node token" + why
                        : "the controller wants a node token, and this worker has none");
    }

    /** What to do about it, to be read after the reason. */
    String advice(String nodeId) {
        return kind == Kind.BARRED
                ? ". An administrator issues one with POST /api/nodes/" + nodeId
                        + "/token; start this worker once with it as NODE_TOKEN, then it is kept"
                : "";
    }

    /** What a WebSocket's close code means (docs/protocol.md). */
    static LinkEnding closed(Short code, String reason) {
        String why = reason == null || reason.isBlank() ? "" : ": " + reason;
        return switch (code == null ? 1006 : code) {
            case 1012 -> new LinkEnding(Kind.MOVED, "the controller restarts" + why);
            case 4401 -> new LinkEnding(Kind.BARRED, "the node token has expired or was revoked" + why);
            case 4409 -> new LinkEnding(Kind.REPLACED, "another worker runs under this node's token" + why);
            case 4400, 4408, 4429 -> new LinkEnding(Kind.REFUSED, "closed by the controller with " + code + why);
            default -> new LinkEnding(Kind.LOST, "connection closed with " + code + why);
        };
    }

    /**
     * @param shown whether a token was
     * @param why as the controller says it; may be empty
     */
    static LinkEnding handshake(int status, boolean shown, String why) {
        String said = why.isEmpty() ? "" : ": " + why;
        return switch (status) {
            case 401 -> notAccepted(shown, said);
            case 403 -> new LinkEnding(Kind.BARRED, "the node token may not be used here" + said);
            default -> new LinkEnding(Kind.LOST, "the controller answered the handshake with " + status);
        };
    }
}
