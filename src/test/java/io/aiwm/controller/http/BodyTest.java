package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class BodyTest {

    @Test
    void the_first_piece_is_not_written_to() {
        Buffer first = Buffer.buffer("ab");
        var body = new Body();
        body.add(first);
        body.add(Buffer.buffer("cd"));
        body.add(Buffer.buffer("ef"));
        assertThat(first.toString()).isEqualTo("ab");
        assertThat(body.bytes().toString()).isEqualTo("abcdef");
        body.clear();
        body.add(Buffer.buffer("g"));
        assertThat(body.bytes().toString()).isEqualTo("g");
    }

    /** Copied with every piece, it were two terabytes. */
    @Test
    @Timeout(20)
    void a_body_in_pieces_of_one_byte_takes_no_longer_than_reading_it() {
        var body = new Body();
        Buffer one = Buffer.buffer("x");
        for (int i = 0; i < 2_000_000; i++) {
            body.add(one);
        }
        assertThat(body.length()).isEqualTo(2_000_000);
    }
}
