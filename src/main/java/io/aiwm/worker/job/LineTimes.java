package io.aiwm.worker.job;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** When the lines of some bytes were written; not thread-safe. */
final class LineTimes {
    private record Mark(int at, String time) {}

    /** Where what came with a time begins; the first is never behind the first byte. */
    private Deque<Mark> marks = new ArrayDeque<>();

    /** @param at how many bytes came before */
    void add(int at, String time) {
        marks.addLast(new Mark(at, time));
    }

    int size() {
        return marks.size();
    }

    /** Takes out the times of the first so many bytes, one for each line, also for one that does not end there. */
    List<String> take(ByteArrayOutputStream bytes, int length) {
        byte[] all = bytes.toByteArray();
        var times = new ArrayList<String>();
        boolean begins = true;
        String time = null;
        for (int at = 0; at < length; at++) {
            while (!marks.isEmpty() && marks.peekFirst().at() <= at) {
                time = marks.removeFirst().time();
            }
            if (begins) {
                times.add(time);
            }
            begins = all[at] == '\n';
        }
        keepRest(time, length);
        return times;
    }

    private void keepRest(String time, int taken) {
        var rest = new ArrayDeque<Mark>();
        if (time != null && (marks.isEmpty() || marks.peekFirst().at() > taken)) {
            rest.addLast(new Mark(0, time));
        }
        marks.forEach(mark -> rest.addLast(new Mark(mark.at() - taken, mark.time())));
        marks = rest;
    }
}
