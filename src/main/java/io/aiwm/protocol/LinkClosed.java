package io.aiwm.protocol;

/** Controller to a worker on the event bus, where no connection closes: the session has ended. @param code as on WebSocket */
public record LinkClosed(int code, String reason) {
    public static final String TYPE = "link.closed";
}
