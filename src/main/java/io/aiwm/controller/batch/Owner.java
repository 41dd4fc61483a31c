package io.aiwm.controller.batch;

import java.time.Instant;
import java.util.Objects;

/**
 * Who made a file or a batch, and by that who sees it.
 *
 * @param since when the user was made: a later user of the same name is another one
 * @param keyId the API key that it was made with; null: a signed token
 */
public record Owner(String user, Instant since, String keyId) {
    /** Whether what this one made is shown to a caller: what a key made to that key and to its user, without a key. */
    public boolean isSeenBy(Owner caller) {
        return user.equals(caller.user)
                && Objects.equals(since, caller.since)
                && (caller.keyId == null || caller.keyId.equals(keyId));
    }
}
