package io.aiwm.controller.notification;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.secret.SecretValues;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * Where notifications go, as stored in collection {@code notificationTargets}. Written by {@link Targets} only.
 *
 * @param id its name
 * @param form of what a webhook is sent
 * @param url of a webhook; null: a secret has it
 * @param urlSecret the stored secret that is the URL of a webhook; null: {@code url} is
 * @param signingSecret the stored secret that a webhook is signed with; null: not signed
 * @param to addresses of an e-mail
 * @param fold whether many events of one type are told as one
 * @param enabled false: what is for it waits
 */
@RecordBuilder
public record Target(
        String id,
        long version,
        Kind kind,
        Form form,
        String url,
        SecretRef urlSecret,
        SecretRef signingSecret,
        List<String> to,
        boolean fold,
        boolean enabled,
        String description,
        Instant createdAt,
        Instant updatedAt,
        String updatedBy) {

    /** How a target is reached. */
    public enum Kind {
        /** The Redis queue; there is one, which is built in. */
        @JsonProperty("queue")
        QUEUE,
        /** What users read here; there is one, which is built in. */
        @JsonProperty("inbox")
        INBOX,
        @JsonProperty("webhook")
        WEBHOOK,
        @JsonProperty("email")
        EMAIL
    }

    /** What the body of a webhook looks like. */
    public enum Form {
        @JsonProperty("standard")
        STANDARD,
        @JsonProperty("slack")
        SLACK,
        @JsonProperty("discord")
        DISCORD,
        @JsonProperty("ntfy")
        NTFY,
        @JsonProperty("teams")
        TEAMS
    }

    static final String MASKED_PATH = "/" + SecretValues.MASK;
    public static final String THE_QUEUE = "queue";
    public static final String THE_INBOX = "inbox";

    static final List<Target> BUILT_IN =
            List.of(builtIn(THE_QUEUE, Kind.QUEUE, false), builtIn(THE_INBOX, Kind.INBOX, true));

    private static Target builtIn(String name, Kind kind, boolean fold) {
        return TargetBuilder.builder()
                .id(name)
                .version(1)
                .kind(kind)
                .fold(fold)
                .enabled(true)
                .build();
    }

    Target withVersion(long next) {
        return TargetBuilder.builder(this).version(next).build();
    }

    boolean isBuiltIn() {
        return kind == Kind.QUEUE || kind == Kind.INBOX;
    }

    /** The URL as it is shown: behind the host, each of these services has a secret. Null: it has none. */
    public String shownUrl() {
        return url == null ? null : url.replaceFirst("^([a-zA-Z]+://)(?:[^/?#]*@)?([^/?#]*).*$", "$1$2" + MASKED_PATH);
    }

    /** Names of the stored secrets that it uses. */
    List<String> secrets() {
        return java.util.stream.Stream.of(urlSecret, signingSecret)
                .filter(java.util.Objects::nonNull)
                .map(SecretRef::secret)
                .toList();
    }
}
