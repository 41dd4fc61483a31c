package io.aiwm.controller.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.protocol.FileRange;
import io.aiwm.protocol.FileRead;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RemoteContentTest {
    private static final int PIECES = 5;
    private static final long SIZE = PIECES * (long) FileRead.MAX_BYTES;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final List<Long> asked = new ArrayList<>();
    /** From this offset on there is nothing more, though there should be. */
    private long shortFrom = SIZE;

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private Future<FileRange> read(long from, int length) {
        asked.add(from);
        int bytes = from >= shortFrom ? 0 : (int) Math.min(length, SIZE - from);
        return Future.succeededFuture(new FileRange(Base64.getEncoder().encodeToString(new byte[bytes]), SIZE));
    }

    private ObjectContent open() {
        return RemoteContent.open(context, this::read, 0, -1).await();
    }

    /** Everything that has been handed to the context so far is done. */
    private void settle() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(go -> context.runOnContext(again -> done.complete()));
        done.future().await();
    }

    @Test
    void a_range_is_asked_for_only_when_it_is_wanted() {
        ObjectContent content = open();
        var got = new ArrayList<Integer>();
        content.handler(piece -> got.add(piece.length()));
        settle();
        assertThat(got).isEmpty();
        assertThat(asked).containsExactly(0L);
        content.fetch(2);
        settle();
        settle();
        assertThat(got).hasSize(2);
        assertThat(asked).containsExactly(0L, (long) FileRead.MAX_BYTES);
        Promise<Void> end = Promise.promise();
        content.endHandler(end::complete);
        content.resume();
        end.future().await();
        assertThat(got).hasSize(PIECES);
        assertThat(asked).hasSize(PIECES);
    }

    @Test
    void nothing_comes_after_it_is_closed() {
        ObjectContent content = open();
        var got = new ArrayList<Integer>();
        content.endHandler(end -> got.add(-1));
        content.exceptionHandler(broken -> got.add(-2));
        content.handler(piece -> {
            got.add(piece.length());
            content.close();
        });
        content.resume();
        settle();
        settle();
        assertThat(got).hasSize(1);
        assertThat(asked).hasSize(1);
    }

    @Test
    void a_file_that_becomes_shorter_is_no_whole_file() {
        shortFrom = 2L * FileRead.MAX_BYTES;
        var broken = open().whole().map(Failure.Kind.INTERNAL).otherwise(cause -> Failure.of(cause).kind);
        assertThat(broken.await()).isEqualTo(Failure.Kind.UNAVAILABLE);
    }
}
