package io.aiwm.controller.objects;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The first so many bytes of a stream. */
final class FirstBytes extends FilterInputStream {
    private long left;

    FirstBytes(InputStream in, long most) {
        super(in);
        this.left = most;
    }

    @Override
    public int read() throws IOException {
        int one = left <= 0 ? -1 : in.read();
        left -= one < 0 ? 0 : 1;
        return one;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
        if (left <= 0) {
            return length == 0 ? 0 : -1;
        }
        int read = in.read(into, at, (int) Math.min(length, left));
        left -= Math.max(0, read);
        return read;
    }
}
