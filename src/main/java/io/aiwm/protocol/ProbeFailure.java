package io.aiwm.protocol;

import io.aiwm.common.SingleLineText;

/**
 * The probe for which a container is not well.
 *
 * @param probe startup, readiness or liveness
 * @param reason in words, one line
 */
public record ProbeFailure(String probe, String reason) {
    private static final int MOST_TEXT = 300;

    public ProbeFailure {
        reason = reason == null ? null : SingleLineText.of(reason, MOST_TEXT);
    }
}
