package io.aiwm.protocol;

/** Either side: the message with this id (the envelope's correlationId) was not understood and changed nothing. */
public record ProtocolError(String category, String message) {
    public static final String TYPE = "error";
}
