package io.aiwm.inference.limit;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.common.PrivateFiles;
import io.aiwm.inference.limit.Allowances.Account;
import io.aiwm.inference.limit.Allowances.Kind;
import io.aiwm.inference.limit.Allowances.Lease;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * What a gateway has spent of its leases, in memory that is a file: it survives the end of the process at once and without a system call.
 * Each account has a place of its own, with its newest totals. Of more accounts than there are places those used longest ago are left out;
 * the ledger has heard of them. Not safe for several threads.
 */
public final class LeasePage implements LeaseLog {
    static final int MOST_ACCOUNTS = 2_000;

    private static final int PLACE_BYTES = 512;
    private static final int TEXT_AT = Integer.BYTES;
    /** Which of the two totals behind it are valid. */
    private static final int CHOICE_AT = 424;

    private static final int TOTALS_AT = 432;
    private static final int TOTALS_BYTES = 40;

    private final MappedByteBuffer memory;
    private final String holder;
    /** By account, the one that was used last at the end. */
    private final LinkedHashMap<String, Integer> places = new LinkedHashMap<>(64, 0.75f, true);

    private LeasePage(MappedByteBuffer memory, String holder) {
        this.memory = memory;
        this.holder = holder;
    }

    /** Whose place it is. */
    private record Name(String holder, Account account) {}

    /**
     * What a process of before has left of one account.
     *
     * @param alone what it might have used without asking the ledger again
     */
    public record Kept(String holder, Account account, Lease lease, long alone) {
        /** For the ledger: asks for nothing. */
        public Allowances.Report report() {
            return new Allowances.Report(account, lease, 0, 0, 0);
        }
    }

    /** Makes the file. Blocking. @param holder as the ledger knows this gateway */
    public static LeasePage make(Path file, String holder) throws IOException {
        return new LeasePage(PrivateFiles.newMemory(file, MOST_ACCOUNTS * PLACE_BYTES), holder);
    }

    @Override
    public void spent(Account account, Lease lease, long alone) {
        if (account.kind() == Kind.CONCURRENT || lease.window() < 0) {
            return; // places end with the process
        }
        Integer known = places.get(account.id());
        int at = known == null ? place(account) : known;
        if (at < 0) {
            return;
        }
        int next = 1 - memory.getInt(at + CHOICE_AT);
        int to = at + TOTALS_AT + next * TOTALS_BYTES;
        memory.putLong(to, lease.window());
        memory.putLong(to + 8, lease.granted());
        memory.putLong(to + 16, lease.spent());
        memory.putLong(to + 24, lease.returned());
        memory.putLong(to + 32, alone);
        // a process that is killed before has left the totals of before
        VarHandle.releaseFence();
        memory.putInt(at + CHOICE_AT, next);
    }

    /** @return where it is; negative: what it is called is too long */
    private int place(Account account) {
        byte[] text = Json.encode(new Name(holder, account)).getBytes(StandardCharsets.UTF_8);
        if (TEXT_AT + text.length > CHOICE_AT) {
            return -1;
        }
        int at = places.size() * PLACE_BYTES;
        if (places.size() == MOST_ACCOUNTS) {
            var longest = places.entrySet().iterator();
            at = longest.next().getValue();
            longest.remove();
        }
        places.put(account.id(), at);
        memory.putInt(at, 0);
        VarHandle.releaseFence();
        memory.put(at + TEXT_AT, text);
        memory.putLong(at + TOTALS_AT + (1 - memory.getInt(at + CHOICE_AT)) * TOTALS_BYTES, 0);
        memory.putLong(at + TOTALS_AT + memory.getInt(at + CHOICE_AT) * TOTALS_BYTES, -1); // no window yet
        VarHandle.releaseFence();
        memory.putInt(at, text.length);
        return at;
    }

    /** Reads what a process of before has left; what is damaged is left out, and a file that is gone was told. Blocking. */
    public static List<Kept> read(Path file) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException told) {
            return List.of();
        }
        var page = ByteBuffer.wrap(bytes);
        var all = new ArrayList<Kept>();
        for (int at = 0; at + PLACE_BYTES <= page.limit(); at += PLACE_BYTES) {
            int length = page.getInt(at);
            if (length > 0 && TEXT_AT + length <= CHOICE_AT) {
                read(page, at, new String(bytes, at + TEXT_AT, length, StandardCharsets.UTF_8), all);
            }
        }
        return all;
    }

    private static void read(ByteBuffer page, int at, String text, List<Kept> all) {
        int from = at + TOTALS_AT + (page.getInt(at + CHOICE_AT) & 1) * TOTALS_BYTES;
        var lease =
                new Lease(page.getLong(from), page.getLong(from + 8), page.getLong(from + 16), page.getLong(from + 24));
        try {
            Name name = Json.decode(text, Name.class);
            if (lease.window() >= 0 && name.account.subject() != null && name.account.kind() != null) {
                all.add(new Kept(name.holder, name.account, lease, page.getLong(from + 32)));
            }
        } catch (Failure torn) {
            // by the end of the machine; the others are whole
        }
    }
}
