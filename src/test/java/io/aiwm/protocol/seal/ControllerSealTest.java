package io.aiwm.protocol.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ControllerSealTest {
    private static final byte[] KEY = bytes("one key that signs tokens, 32 bytes or more");
    private static final String PLACE = "aiwm.node.changed";
    private final AtomicLong now = new AtomicLong(1_800_000_000_000L);
    private final ControllerSeal first = seal(KEY);
    private final ControllerSeal second = seal(KEY);

    private ControllerSeal seal(byte[] key) {
        return new ControllerSeal(key, () -> Instant.ofEpochMilli(now.get()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void isRefused(Runnable what, String why) {
        assertThatThrownBy(what::run).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.kind).isEqualTo(Failure.Kind.FORBIDDEN);
            assertThat(failure).hasMessageContaining(why);
        });
    }

    @Test
    void another_controller_of_the_installation_reads_it_and_so_does_the_same_one() {
        Buffer sealed = first.seal(PLACE, bytes("hello"));
        assertThat(sealed.toString(StandardCharsets.ISO_8859_1)).doesNotContain("hello");
        assertThat(second.receiver().open(PLACE, sealed)).asString().isEqualTo("hello");
        assertThat(first.receiver().open(PLACE, sealed)).asString().isEqualTo("hello");
        assertThat(second.receiver().open(PLACE, first.seal(PLACE, new byte[0])))
                .isEmpty();
    }

    @Test
    void whoever_has_another_token_key_or_none_is_refused() {
        var receiver = second.receiver();
        byte[] other = bytes("another key that signs tokens, 32 bytes or more");
        isRefused(() -> receiver.open(PLACE, seal(other).seal(PLACE, bytes("hello"))), "not sealed");
        for (int length : new int[] {0, 1, 16, 32, 33, 34, 48, 49, 60, 1_000}) {
            isRefused(() -> receiver.open(PLACE, Buffer.buffer(new byte[length])), "sealed");
            isRefused(() -> receiver.open(PLACE, Buffer.buffer(new byte[length]).setByte(0, (byte) 1)), "seal");
        }
    }

    @Test
    void it_can_be_opened_at_its_own_address_only() {
        isRefused(() -> second.receiver().open("aiwm.node.seen", first.seal(PLACE, bytes("hello"))), "not sealed");
        isRefused(() -> second.receiver().open(PLACE + "x", first.seal(PLACE, bytes("hello"))), "not sealed");
        isRefused(() -> second.receiver().open("", first.seal(PLACE, bytes("hello"))), "not sealed");
    }

    @Test
    void no_byte_of_it_may_be_another() {
        Buffer sealed = first.seal(PLACE, bytes("hello"));
        var receiver = second.receiver();
        for (int at = 0; at < sealed.length(); at++) {
            Buffer bent = sealed.copy().setByte(at, (byte) (sealed.getByte(at) ^ 1));
            isRefused(() -> receiver.open(PLACE, bent), "seal");
        }
        isRefused(() -> receiver.open(PLACE, sealed.getBuffer(0, sealed.length() - 1)), "seal");
        isRefused(() -> receiver.open(PLACE, sealed.copy().appendByte((byte) 0)), "seal");
        assertThat(receiver.open(PLACE, sealed)).asString().isEqualTo("hello");
    }

    @Test
    void each_listener_takes_it_once_from_each_sender_in_any_order() {
        var receiver = second.receiver();
        Buffer one = first.seal(PLACE, bytes("1"));
        Buffer two = first.seal(PLACE, bytes("2"));
        Buffer others = seal(KEY).seal(PLACE, bytes("3"));
        receiver.open(PLACE, two);
        receiver.open(PLACE, others);
        receiver.open(PLACE, one);
        for (Buffer again : new Buffer[] {one, two, others}) {
            isRefused(() -> receiver.open(PLACE, again), "came again");
        }
        assertThat(second.receiver().open(PLACE, one)).asString().isEqualTo("1");
    }

    @Test
    void it_counts_for_five_minutes_by_either_clock() {
        Buffer sealed = first.seal(PLACE, bytes("hello"));
        now.addAndGet(ControllerSeal.MAX_AGE.toMillis());
        second.receiver().open(PLACE, sealed);
        now.addAndGet(1);
        isRefused(() -> second.receiver().open(PLACE, sealed), "NTP");
        Buffer early = first.seal(PLACE, bytes("hello"));
        now.addAndGet(-ControllerSeal.MAX_AGE.toMillis());
        second.receiver().open(PLACE, early);
        now.addAndGet(-1);
        isRefused(() -> second.receiver().open(PLACE, early), "NTP");
    }

    @Test
    void an_answer_fits_its_question_and_no_other() {
        Buffer question = first.seal(PLACE, bytes("who?"));
        Buffer another = first.seal(PLACE, bytes("who?"));
        Buffer answer = second.seal(ControllerSeal.answerTo(PLACE, question), bytes("I"));
        isRefused(() -> first.receiver().open(ControllerSeal.answerTo(PLACE, another), answer), "not sealed");
        isRefused(() -> first.receiver().open(PLACE, answer), "not sealed");
        isRefused(() -> first.receiver().open(ControllerSeal.answerTo("x", question), answer), "not sealed");
        assertThat(first.receiver().open(ControllerSeal.answerTo(PLACE, question), answer))
                .asString()
                .isEqualTo("I");
        // a question comes back as its own answer
        isRefused(() -> first.receiver().open(ControllerSeal.answerTo(PLACE, question), question), "not sealed");
    }

    @Test
    void a_process_that_is_no_controller_has_none() {
        Vertx vertx = Vertx.vertx();
        try {
            isRefused(() -> ControllerSeal.of(vertx), "only controllers");
            first.install(vertx);
            assertThat(ControllerSeal.of(vertx)).isSameAs(first);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }
}
