package io.aiwm.controller.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.Pieces;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A process dies at each of its writes while content comes in or goes. */
class ModelContentKilledTest extends ModelContentRig {
    /** Does something over and over, each time by a process that dies one write later, until one lives through it. */
    private int dyingAtEachWrite(boolean done, Runnable before, Consumer<ModelServices> work) {
        return dyingAtEachWrite(done, before, work, Duration.ZERO);
    }

    /** @param later when it is swept: what is to be continued has its time */
    private int dyingAtEachWrite(boolean done, Runnable before, Consumer<ModelServices> work, Duration later) {
        for (int at = 0; at < 60; at++) {
            before.run();
            var process = new Mortal(at, done);
            try {
                work.accept(services(process.of(store), process.of(objects), NO_LIMITS));
            } catch (Failure died) {
                assertThat(process.isDead()).as(died.getMessage()).isTrue();
            }
            now = now.plus(later);
            sweep();
            everythingHasItsPlace();
            if (!process.isDead()) {
                return at;
            }
        }
        throw new AssertionError("it never ends");
    }

    @Test
    void an_upload_killed_at_any_write_is_whole_or_gone() {
        for (boolean done : List.of(true, false)) {
            int writes = dyingAtEachWrite(
                    done,
                    () -> {},
                    process -> upload(process, "new.gguf", WEIGHTS + now).await());
            assertThat(writes).isGreaterThan(8);
        }
    }

    @Test
    void a_second_upload_of_the_same_killed_at_any_write_harms_the_first_never() {
        ModelVersion first = upload(services, "first.gguf", WEIGHTS).await();
        for (boolean done : List.of(true, false)) {
            dyingAtEachWrite(
                    done,
                    () -> {},
                    process -> upload(process, "second.gguf", WEIGHTS).await());
            assertThat(read(first, "first.gguf")).isEqualTo(WEIGHTS);
        }
    }

    @Test
    void an_upload_in_pieces_killed_at_any_write_goes_on_or_leaves_nothing() {
        for (boolean done : List.of(true, false)) {
            int writes = dyingAtEachWrite(
                    done,
                    () -> now = now.plus(Duration.ofDays(2)),
                    process -> process.models()
                            .get("tiny")
                            .compose(found -> process.uploads()
                                    .begin(
                                            found,
                                            null,
                                            new ModelContent.Sent("new.gguf", null, WEIGHTS.length(), "ada"),
                                            true))
                            .compose(begun -> process.uploads()
                                    .append(begun.id(), "ada", 0, Pieces.of(vertx, Buffer.buffer(WEIGHTS), 1)))
                            .await(),
                    Duration.ofDays(2));
            assertThat(writes).isGreaterThan(10);
        }
        assertThat(objects.pendingUploads("models/", 10).await()).isEmpty();
    }

    @Test
    void a_deletion_killed_at_any_write_ends_after_all() {
        for (boolean done : List.of(true, false)) {
            int writes = dyingAtEachWrite(
                    done,
                    () -> {
                        if (all(ModelRecords.MODEL_COLLECTION, Model.class).isEmpty()) {
                            create(services, "tiny");
                        }
                        upload(services, "a.gguf", WEIGHTS).await();
                    },
                    process -> process.models().delete(model.id(), false, null).await());
            assertThat(writes).isGreaterThan(5);
        }
    }
}
