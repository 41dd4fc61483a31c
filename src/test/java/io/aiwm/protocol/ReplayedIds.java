package io.aiwm.protocol;

import io.aiwm.common.Ids;
import java.time.InstantSource;
import java.util.Random;

/** Ids that this thread makes again when a run is replayed; from now until it is closed. */
public final class ReplayedIds implements AutoCloseable {
    public ReplayedIds(InstantSource clock, long seed) {
        Ids.REPLAYED.set(new Ids.Source(clock, new Random(seed)));
    }

    @Override
    public void close() {
        Ids.REPLAYED.remove();
    }
}
