package io.aiwm.worker.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ProgramInputTest {
    @Test
    void the_thread_that_sends_it_dies_without_a_stack_trace() throws Exception {
        var printed = new AtomicReference<Throwable>();
        var read = new AtomicReference<String>();
        var group = new ThreadGroup("senders") {
            @Override
            public void uncaughtException(Thread thread, Throwable cause) {
                printed.set(cause); // what nobody else handles
            }
        };
        var sender = new Thread(group, () -> {
            try (var input = new ProgramInput(new ByteArrayInputStream(new byte[] {'a', 'b'}))) {
                read.set(new String(input.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8));
                throw new IOException("Broken pipe");
            } catch (IOException closed) {
                throw new UncheckedIOException(closed);
            }
        });
        sender.start();
        sender.join();
        assertThat(read).hasValue("ab");
        assertThat(printed).hasValue(null);
    }
}
