package io.aiwm.common;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The chain of audit entries: each has the number that follows, the hash of the one before, and its own hash over all of that. Who
 * changes, leaves out, adds or reorders an entry must make every later one anew, so that the newest hash, kept elsewhere, shows it.
 * Not thread-safe.
 */
public final class AuditChain {
    public static final String SEQ = "seq";
    public static final String PREV = "prev";
    public static final String HASH = "hash";
    /** Of what was dropped because of its age: the hash of the last entry that went. */
    public static final String TRIMMED = "trimmedHash";

    /** What the first entry names as the one before. */
    public static final String NOTHING = "0".repeat(64);

    private static final int MOST_FAULTS = 100;

    private final List<String> faults = new ArrayList<>();
    private final Set<String> trimmed = new HashSet<>();
    private long entries;
    private long first;
    private String firstPrev;
    private long seq;
    private String hash;

    /** An entry of the chain. @param text JSON, with its number and hashes */
    public record Link(String text, String hash) {}

    /** Returns what is said as the entry with this number. @param said a JSON object, without the fields that the chain adds */
    public static Link link(long seq, String prev, String said) {
        var text = new StringBuilder(said.length() + 256)
                .append("{\"" + SEQ + "\":")
                .append(seq)
                .append(",\"" + PREV + "\":\"")
                .append(prev)
                .append('"');
        if (said.length() > 2) {
            text.append(',').append(said, 1, said.length() - 1);
        }
        String hash = Sha256.hex(text.append('}').toString());
        text.setLength(text.length() - 1);
        return new Link(
                text.append(",\"" + HASH + "\":\"").append(hash).append("\"}").toString(), hash);
    }

    private static String hashOf(JsonObject entry) {
        var text = entry.copy();
        text.remove(HASH);
        return Sha256.hex(text.encode());
    }

    /** Takes the next entry, the oldest first. */
    public void take(JsonObject entry) {
        long number = entry.getLong(SEQ, -1L);
        String prev = entry.getString(PREV);
        if (!hashOf(entry).equals(entry.getString(HASH))) {
            fault("entry " + number + " was changed: its hash is not that of its text");
        }
        if (entries == 0) {
            first = number;
            firstPrev = prev;
        } else if (number != seq + 1) {
            fault("after entry " + seq + " comes " + number + ": entries are missing, or were added");
        } else if (!hash.equals(prev)) {
            fault("entry " + number + " does not follow the one before it");
        }
        if (entry.getString(TRIMMED) != null) {
            trimmed.add(entry.getString(TRIMMED));
        }
        entries++;
        seq = number;
        hash = entry.getString(HASH, "");
    }

    private void fault(String text) {
        if (faults.size() < MOST_FAULTS) {
            faults.add(text);
        }
    }

    /** Returns what is wrong with the entries that were taken; empty: nothing. */
    public List<String> faults() {
        var all = new ArrayList<>(faults);
        boolean whole = entries == 0 || (first == 1 && NOTHING.equals(firstPrev)) || trimmed.contains(firstPrev);
        if (!whole) {
            all.add("the first entry is " + first
                    + ", and no entry says that those before it were dropped for their age");
        }
        return all;
    }

    public long entries() {
        return entries;
    }

    /** Returns the number of the newest entry; 0: none. */
    public long seq() {
        return seq;
    }

    /** Returns the hash of the newest entry. */
    public String hash() {
        return entries == 0 ? NOTHING : hash;
    }
}
