package io.aiwm.controller.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.protocol.ShellClose;
import io.aiwm.protocol.ShellInput;
import io.aiwm.protocol.ShellOutput;
import io.aiwm.protocol.ShellOutputBuilder;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One shell between a worker that is this test and a user that is this test. */
@Timeout(30)
class ShellTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int FAST = 100_000_000;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final List<ShellInput> inputs = new CopyOnWriteArrayList<>();
    private final List<ShellClose> closes = new CopyOnWriteArrayList<>();
    private final List<Boolean> mayType = new CopyOnWriteArrayList<>();
    private final List<String> ends = new CopyOnWriteArrayList<>();
    private final AtomicInteger printed = new AtomicInteger();
    private volatile boolean begun;
    private volatile boolean full;
    private long next;

    private final Shell.Client client = new Shell.Client() {
        @Override
        public void begun() {
            begun = true;
        }

        @Override
        public void printed(Buffer bytes) {
            printed.addAndGet(bytes.length());
        }

        @Override
        public boolean isFull() {
            return full;
        }

        @Override
        public void mayType(boolean may) {
            mayType.add(may);
        }

        @Override
        public void ended(Integer exitCode, String error) {
            ends.add(exitCode + " " + error);
        }
    };

    private final Shell.Worker worker = new Shell.Worker() {
        @Override
        public void input(ShellInput input) {
            inputs.add(input);
        }

        @Override
        public void close(ShellClose close) {
            closes.add(close);
        }

        @Override
        public void forget() {
            // the shell is in no list
        }
    };

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Shell shell(Duration idle, int perSecond) {
        var made =
                new Shell(context, "c~1", "node-1", client, worker, new ShellSessions.Limits(5, 20, idle, perSecond));
        made.arrived(output(0));
        await().until(() -> begun);
        return made;
    }

    private ShellOutput output(int bytes) {
        return ShellOutputBuilder.builder()
                .shellId("c~1")
                .from(next++)
                .data(bytes == 0 ? null : Base64.getEncoder().encodeToString(new byte[bytes]))
                .build();
    }

    private int credit() {
        return inputs.stream().mapToInt(ShellInput::credit).sum();
    }

    @Test
    void who_does_not_read_gives_no_credit_until_it_does() {
        Shell shell = shell(LONG, FAST);
        full = true;
        for (int i = 0; i < 8; i++) {
            shell.arrived(output(ShellOutput.MAX_BYTES));
        }
        await().untilAtomic(printed, org.hamcrest.Matchers.equalTo(Shell.WINDOW_BYTES));
        assertThat(credit()).isZero();
        full = false;
        context.runOnContext(go -> shell.drained());
        await().until(() -> credit() == Shell.WINDOW_BYTES);
        assertThat(inputs).extracting(ShellInput::from).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void a_worker_that_sends_more_than_it_may_is_told_to_stop() {
        Shell shell = shell(LONG, FAST);
        full = true;
        for (int i = 0; i < 9; i++) {
            shell.arrived(output(ShellOutput.MAX_BYTES));
        }
        await().until(() -> ends.size() == 1);
        assertThat(ends.get(0)).contains("sends what it may not");
        assertThat(closes).hasSize(1);
        assertThat(printed).hasValue(Shell.WINDOW_BYTES);
    }

    @Test
    void credit_is_given_no_faster_than_its_pace() {
        Shell shell = shell(LONG, 64 * 1024);
        long began = System.nanoTime();
        for (int i = 0; i < 6; i++) {
            shell.arrived(output(ShellOutput.MAX_BYTES));
        }
        await().until(() -> credit() == 6 * ShellOutput.MAX_BYTES);
        // 64 KiB at once, and 128 KiB at 64 KiB a second
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(1_800));
    }

    @Test
    void a_lost_message_ends_it() {
        Shell shell = shell(LONG, FAST);
        output(1);
        shell.arrived(output(1));
        await().until(() -> ends.size() == 1);
        assertThat(ends.get(0)).contains("was lost on the way");
    }

    @Test
    void nothing_typed_ends_it() {
        shell(Duration.ofMillis(300), FAST);
        await().until(() -> ends.size() == 1);
        assertThat(ends.get(0)).contains("nothing was typed");
        assertThat(closes).hasSize(1);
    }

    @Test
    void typing_is_held_back_until_the_terminal_has_taken_it() {
        Shell shell = shell(LONG, FAST);
        var typed = new CopyOnWriteArrayList<Boolean>();
        context.runOnContext(go -> {
            typed.add(shell.type(new byte[ShellInput.MAX_BYTES]));
            typed.add(shell.type(new byte[ShellInput.MAX_BYTES]));
            typed.add(shell.type(new byte[1]));
        });
        await().until(() -> typed.size() == 3);
        assertThat(typed).containsExactly(true, true, false);
        assertThat(mayType).containsExactly(false);
        shell.arrived(ShellOutputBuilder.builder()
                .shellId("c~1")
                .from(next++)
                .taken(ShellInput.MAX_BYTES)
                .build());
        await().until(() -> mayType.equals(List.of(false, true)));
    }

    @Test
    void of_many_sizes_in_a_short_time_the_worker_hears_the_first_and_the_last() {
        Shell shell = shell(LONG, FAST);
        context.runOnContext(go -> {
            for (int columns = 1; columns <= 1_000; columns++) {
                shell.resize(columns, 24);
            }
        });
        await().until(() -> sizes().contains(1_000));
        assertThat(sizes()).containsExactly(1, 1_000);
        context.runOnContext(go -> shell.resize(80, 24));
        await().until(() -> sizes().contains(80));
    }

    private List<Integer> sizes() {
        return inputs.stream().map(ShellInput::columns).filter(Objects::nonNull).toList();
    }

    @Test
    void why_it_ended_is_one_line_of_limited_length() {
        Shell shell = shell(LONG, FAST);
        shell.arrived(ShellOutputBuilder.builder()
                .shellId("c~1")
                .from(next++)
                .end(true)
                .error("\u001b]0;title\u0007\n" + "x".repeat(100_000))
                .build());
        await().until(() -> ends.size() == 1);
        assertThat(ends.get(0)).startsWith("null ?]0;title??xxx").hasSize("null ".length() + Shell.MOST_REASON);
    }
}
