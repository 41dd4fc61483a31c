package io.aiwm.controller.gateway;

/** Why a worker's WebSocket is closed (docs/protocol.md). */
final class CloseCode {
    static final int MALFORMED = 4400;
    static final int TOKEN_ENDED = 4401;
    static final int NOT_REGISTERED = 4408;
    static final int REPLACED = 4409;
    static final int TOO_MANY = 4429;
    static final int TOO_LARGE = 1009;
    static final int RESTARTING = 1012;

    private CloseCode() {}
}
