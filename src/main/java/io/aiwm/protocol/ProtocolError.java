package io.aiwm.protocol;

import io.aiwm.common.Failure;
import java.util.Locale;

/** Either side: the message with this id (the envelope's correlationId) was not understood and changed nothing. */
public record ProtocolError(String category, String message) {
    public static final String TYPE = "error";

    /** The category is the failure's kind: {@code not-found}, {@code unauthenticated}, … */
    public static ProtocolError of(Failure failure) {
        return new ProtocolError(failure.kind.name().toLowerCase(Locale.ROOT).replace('_', '-'), failure.getMessage());
    }
}
