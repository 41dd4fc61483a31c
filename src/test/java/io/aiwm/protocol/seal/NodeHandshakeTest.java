package io.aiwm.protocol.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.seal.NodeHandshake.Challenge;
import io.aiwm.protocol.seal.NodeHandshake.Hello;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NodeHandshakeTest {
    private static final String CREDENTIAL = "header.claims";
    private static final String SECRET = "the-signature";
    private static final Envelope SAID = Envelope.of("job.run", new JsonObject().put("secret", "marker"));
    private final NodeHandshake worker = new NodeHandshake("n1", CREDENTIAL);
    private final NodeHandshake.Accepted controller = NodeHandshake.accept(worker.hello(), SECRET, "ctl");

    private static void isRefused(Failure.Kind kind, Runnable what) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind).isEqualTo(kind));
    }

    private static void isForged(Runnable what) {
        isRefused(Failure.Kind.FORBIDDEN, what);
    }

    private static String text(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Test
    void both_ends_understand_each_other_and_nobody_reads_along() {
        NodeChannel end = worker.finish(controller.challenge(), SECRET);
        assertThat(end.id())
                .isEqualTo(controller.channel().id())
                .isEqualTo(controller.challenge().channelId());
        Buffer there = end.seal(SAID);
        assertThat(NodeChannel.idOf(there)).isEqualTo(end.id());
        assertThat(there.toString("ISO-8859-1")).doesNotContain("marker").doesNotContain("job.run");
        assertThat(controller.channel().open(there).toJson()).isEqualTo(SAID.toJson());
        assertThat(end.open(controller.channel().seal(SAID)).toJson()).isEqualTo(SAID.toJson());
        assertThat(worker.hello().toString() + controller.challenge()).doesNotContain(SECRET);
    }

    @Test
    void a_controller_that_does_not_know_the_token_is_none() {
        var stranger = NodeHandshake.accept(worker.hello(), "a guess", "ctl");
        isForged(() -> worker.finish(stranger.challenge(), SECRET));
    }

    @Test
    void a_worker_that_does_not_know_its_token_gets_no_channel_and_seals_nothing() {
        isForged(() -> worker.finish(controller.challenge(), "a guess"));
        NodeChannel guessed =
                NodeHandshake.accept(worker.hello(), "a guess", "ctl").channel();
        Buffer frame = controller.channel().seal(SAID);
        isForged(() -> guessed.open(frame));
        byte[] id = frame.getBytes(0, NodeChannel.ID_BYTES);
        isForged(() -> controller.channel().open(guessed.seal(SAID).setBytes(0, id)));
    }

    @Test
    void what_was_said_in_the_open_cannot_be_changed() {
        Challenge good = controller.challenge();
        var other = NodeHandshake.accept(worker.hello(), SECRET, "ctl").challenge();
        for (Challenge bent : List.of(
                new Challenge("other", good.channelId(), good.nonce(), good.publicKey(), good.proof()),
                new Challenge("ctl", other.channelId(), good.nonce(), good.publicKey(), good.proof()),
                new Challenge("ctl", good.channelId(), other.nonce(), good.publicKey(), good.proof()),
                new Challenge("ctl", good.channelId(), good.nonce(), other.publicKey(), good.proof()),
                new Challenge("ctl", good.channelId(), good.nonce(), good.publicKey(), other.proof()),
                new Challenge("ctl", good.channelId(), good.nonce(), good.publicKey(), null),
                new Challenge(null, null, null, good.publicKey(), ""))) {
            isForged(() -> worker.finish(bent, SECRET));
        }
        // and the answer to one hello is none to another
        isForged(() -> new NodeHandshake("n1", CREDENTIAL).finish(good, SECRET));
        Hello hello = worker.hello();
        var asAnother = NodeHandshake.accept(
                new Hello("n2", hello.credential(), hello.nonce(), hello.publicKey()), SECRET, "ctl");
        isForged(() -> worker.finish(asAnother.challenge(), SECRET));
    }

    @Test
    void a_frame_is_taken_once_and_only_by_the_other_end_of_its_channel() {
        NodeChannel end = worker.finish(controller.challenge(), SECRET);
        Buffer frame = end.seal(SAID);
        isForged(() -> end.open(frame));
        var later = new NodeHandshake("n1", CREDENTIAL);
        NodeChannel next = NodeHandshake.accept(later.hello(), SECRET, "ctl").channel();
        isForged(() -> next.open(frame));
        byte[] nextId = Base64.getUrlDecoder().decode(next.id());
        isForged(() -> next.open(frame.copy().setBytes(0, nextId)));
        for (int at = 0; at < frame.length(); at++) {
            Buffer bent = frame.copy().setByte(at, (byte) (frame.getByte(at) ^ 0x40));
            isForged(() -> controller.channel().open(bent));
        }
        for (int length = 0; length < frame.length(); length++) {
            Buffer cut = frame.getBuffer(0, length);
            isForged(() -> controller.channel().open(cut));
        }
        controller.channel().open(frame);
        isForged(() -> controller.channel().open(frame));
    }

    @Test
    void what_is_no_frame_belongs_to_no_channel() {
        assertThat(NodeChannel.idOf(null)).isNull();
        assertThat(NodeChannel.idOf(Buffer.buffer())).isNull();
        assertThat(NodeChannel.idOf(Buffer.buffer(new byte[23]))).isNull();
        assertThat(NodeChannel.idOf(Buffer.buffer(new byte[24]))).isNotNull();
    }

    static Stream<Hello> malformed() throws Exception {
        Hello good = new NodeHandshake("n1", CREDENTIAL).hello();
        var elsewhere = KeyPairGenerator.getInstance("X448");
        String x448 = text(elsewhere.generateKeyPair().getPublic().getEncoded());
        byte[] key = Base64.getUrlDecoder().decode(good.publicKey());
        byte[] zero = key.clone();
        java.util.Arrays.fill(zero, zero.length - 32, zero.length, (byte) 0);
        byte[] one = zero.clone();
        one[one.length - 32] = 1;
        return Stream.of(
                new Hello(null, null, null, null),
                new Hello("n1", CREDENTIAL, null, good.publicKey()),
                new Hello("n1", CREDENTIAL, good.nonce(), null),
                new Hello("n1", CREDENTIAL, "", good.publicKey()),
                new Hello("n1", CREDENTIAL, "!", good.publicKey()),
                new Hello("n1", CREDENTIAL, text(new byte[31]), good.publicKey()),
                new Hello("n1", CREDENTIAL, text(new byte[33]), good.publicKey()),
                new Hello("n1", CREDENTIAL, good.nonce(), ""),
                new Hello("n1", CREDENTIAL, good.nonce(), "not base64url"),
                new Hello("n1", CREDENTIAL, good.nonce(), "ÿ"),
                new Hello("n1", CREDENTIAL, good.nonce(), text(new byte[32])),
                new Hello("n1", CREDENTIAL, good.nonce(), text(new byte[44])),
                new Hello("n1", CREDENTIAL, good.nonce(), text(new byte[100_000])),
                new Hello("n1", CREDENTIAL, good.nonce(), text(java.util.Arrays.copyOf(key, key.length - 1))),
                new Hello("n1", CREDENTIAL, good.nonce(), x448),
                // points of small order: the agreed key would be no secret
                new Hello("n1", CREDENTIAL, good.nonce(), text(zero)),
                new Hello("n1", CREDENTIAL, good.nonce(), text(one)));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void a_malformed_hello_is_invalid_and_nothing_else(Hello hello) {
        isRefused(Failure.Kind.INVALID, () -> NodeHandshake.accept(hello, SECRET, "ctl"));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void a_malformed_challenge_is_refused_and_nothing_else(Hello like) {
        var challenge = new Challenge("ctl", "", like.nonce(), like.publicKey(), "");
        assertThatThrownBy(() -> worker.finish(challenge, SECRET))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.kind).isIn(Failure.Kind.INVALID, Failure.Kind.FORBIDDEN));
    }

    @Test
    void a_token_falls_into_what_is_shown_and_what_is_known() {
        assertThat(NodeHandshake.credentialOf("a.b.c")).isEqualTo("a.b");
        assertThat(NodeHandshake.secretOf("a.b.c")).isEqualTo("c");
        assertThat(NodeHandshake.credentialOf(null)).isNull();
        assertThat(NodeHandshake.secretOf(null)).isEmpty();
        assertThat(NodeHandshake.credentialOf("nonsense")).isEmpty();
    }
}
