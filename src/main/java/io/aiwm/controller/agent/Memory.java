package io.aiwm.controller.agent;

import static java.util.Objects.requireNonNull;

import io.aiwm.common.Sha256;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * What an agent noted about one of its users, as stored in collection {@code agentMemories}. Written by {@link Memories} only.
 *
 * @param userSince when that user was made
 * @param key by which the agent replaces or removes it
 * @param conversationId in which it was noted last
 */
@RecordBuilder
public record Memory(
        String id,
        long version,
        String agentId,
        String user,
        Instant userSince,
        String key,
        String text,
        List<String> tags,
        String conversationId,
        Instant createdAt,
        Instant updatedAt)
        implements ValidatedRecord {

    public static final String PREFIX = "mem";
    private static final int ID_CHARS = 32;

    /** Whose memory it is. @param user with the time when it was made */
    public record Of(String agentId, UserIdentity user) {
        String id(String key) {
            String whole = agentId + "\n" + user.name() + "\n" + user.since() + "\n" + key;
            return PREFIX + "_" + Sha256.hex(whole).substring(0, ID_CHARS);
        }
    }

    public Memory {
        tags = tags == null ? List.of() : List.copyOf(tags);
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(agentId, "agentId");
        requireNonNull(user, "user");
        requireNonNull(key, "key");
        requireNonNull(text, "text");
        requireNonNull(updatedAt, "updatedAt");
    }

    Memory withVersion(long next) {
        return MemoryBuilder.builder(this).version(next).build();
    }
}
