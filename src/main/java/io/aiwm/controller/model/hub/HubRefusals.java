package io.aiwm.controller.model.hub;

import io.aiwm.common.HttpStatus;
import io.aiwm.common.RetryAfter;
import io.aiwm.common.SingleLineText;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.http.HttpClientResponse;
import java.time.Duration;
import java.time.Instant;

/** What an answer means that is no file: whose fault it is, and when to ask again. Pure but for the time of day. */
final class HubRefusals {
    private static final int MOST_WORDS = 200;
    private static final Duration LONGEST = Duration.ofHours(1);

    private HubRefusals() {}

    static DownloadFailure of(HttpClientResponse response, String host) {
        int status = response.statusCode();
        String code = response.getHeader("X-Error-Code");
        String said = response.getHeader("X-Error-Message");
        String words = host + " answers " + status + (code == null ? "" : " " + SingleLineText.of(code, MOST_WORDS))
                + (said == null ? "" : ": " + SingleLineText.of(said, MOST_WORDS));
        if (status == 429 || status == 503) {
            return DownloadFailure.limited(words, wait(response));
        }
        if (HttpStatus.isPassing(status)) {
            return DownloadFailure.passing(words);
        }
        return DownloadFailure.of(
                switch (status) {
                    case 404, 410 -> ErrorCategory.NOT_FOUND;
                    case 401, 403 -> ErrorCategory.POLICY;
                    default -> ErrorCategory.INVALID;
                },
                words
                        + (status == 401
                                ? " (private or gated? the token is a stored secret, models.hubToken, or HF_TOKEN)"
                                : ""));
    }

    /** Seconds or a date in Retry-After, or the seconds of RateLimit ({@code "api";r=0;t=55}). */
    static Duration wait(HttpClientResponse response) {
        return wait(response.getHeader("Retry-After"), response.getHeader("RateLimit"), Instant.now());
    }

    static Duration wait(String retryAfter, String rateLimit, Instant now) {
        Duration wait = Duration.ZERO;
        if (retryAfter != null) {
            wait = RetryAfter.of(retryAfter, now, LONGEST);
        } else if (rateLimit != null) {
            for (String part : rateLimit.split(";", -1)) {
                String text = part.strip();
                if (text.matches("t=[0-9]{1,9}")) {
                    wait = Duration.ofSeconds(Long.parseLong(text.substring(2)));
                }
            }
        }
        return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    }
}
