package io.aiwm.worker.command;

import io.aiwm.protocol.ShellInput;
import io.aiwm.protocol.ShellOpen;
import io.aiwm.protocol.ShellOutput;
import io.aiwm.protocol.ShellOutputBuilder;
import java.util.function.Consumer;

/** Shells in containers. Safe to call from any thread; callbacks come on any thread and must not block. */
public interface Shells {

    /** Opens a shell; one that is open already stays as it is. The last message has {@code end}, with an error where there is none. */
    void open(ShellOpen request, Consumer<ShellOutput> sink);

    /** Takes what is new for a shell. One that is not known is told to have ended. */
    void input(ShellInput input, Consumer<ShellOutput> sink);

    /** Ends a shell and its processes; harmless when there is none. */
    void close(String shellId);

    /** Returns the last message of a shell that ended otherwise than by its exit. */
    static ShellOutput failed(String shellId, long from, String why) {
        return ShellOutputBuilder.builder()
                .shellId(shellId)
                .from(from)
                .end(true)
                .error(why)
                .build();
    }

    /** Returns shells of a worker that has none. @param why for the user */
    static Shells none(String why) {
        return new Shells() {
            @Override
            public void open(ShellOpen request, Consumer<ShellOutput> sink) {
                sink.accept(failed(request.shellId(), 0, why));
            }

            @Override
            public void input(ShellInput input, Consumer<ShellOutput> sink) {
                sink.accept(failed(input.shellId(), 0, why));
            }

            @Override
            public void close(String shellId) {
                // there is none
            }
        };
    }
}
