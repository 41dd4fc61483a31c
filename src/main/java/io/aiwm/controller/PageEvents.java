package io.aiwm.controller;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.event.Events;
import io.aiwm.controller.eventlog.ClusterEvent;
import io.aiwm.controller.eventlog.EventFilter;
import io.aiwm.controller.eventlog.EventReader;
import io.aiwm.controller.eventlog.EventTail;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.List;

/** Tells pages the events of the log that every role may see, while a browser of this controller listens. */
final class PageEvents implements EventReader.Client {
    /** Nobody has this name, so that nothing is its own. */
    private static final Principal ANYBODY = new Principal("", Role.VIEWER, "", null);

    private static final EventFilter FILTER =
            EventFilter.of(new EventFilter.Wanted(List.of(), List.of(), List.of(), null), ANYBODY);

    private final Vertx vertx;
    private final Context context;
    private final Events events;
    private final EventTail tail;
    /** Of the context, as what follows. Null: nobody listens. */
    private EventReader reader;

    private boolean starting;
    private long ends;

    PageEvents(Vertx vertx, Events events, EventTail tail) {
        this.vertx = vertx;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.events = events;
        this.tail = tail;
        events.onInterest(time -> context.runOnContext(go -> want(time)));
    }

    private void want(Duration time) {
        vertx.cancelTimer(ends);
        ends = vertx.setTimer(time.toMillis(), over -> context.runOnContext(go -> stop()));
        if (reader != null || starting) {
            return;
        }
        starting = true;
        tail.range()
                .onComplete(range -> context.runOnContext(go -> {
                    starting = false;
                    if (range.succeeded()) {
                        reader = new EventReader(
                                context, tail, FILTER, range.result().newest(), this);
                        reader.start();
                    }
                }));
    }

    private void stop() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }

    @Override
    public void send(ClusterEvent event) {
        events.publish(Events.LOG, event.json().getString("id"), () -> Future.succeededFuture(event.json()));
    }

    @Override
    public void sendAlive(long position) {}

    @Override
    public boolean isFull() {
        return false;
    }

    @Override
    public void end(Failure why) {
        reader = null;
        events.missed(Events.LOG);
    }
}
