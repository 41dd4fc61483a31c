package io.aiwm.controller.metrics;

import java.util.List;

/** The samples that one controller has in memory. Safe from any thread. */
interface SampleSource {
    /** Whose series there are. @param resource null: all */
    List<SeriesId> ids(String resource);

    /** Returns a copy of the slots from one to before another; null where there are none of this id any more. */
    SeriesSegment stretch(SeriesId id, long from, long to);
}
