package io.aiwm.bench;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Map;

/** What the conversations of a {@link ConversationLoad} say, and to whom. */
interface Speaker {
    /** A request of a conversation. */
    record Words(String path, Buffer body) {}

    int port();

    Map<String, String> headers();

    /** @param turn of that conversation; grows from 0 */
    Future<Words> next(int conversation, int turn);

    /** What stands in the answer when the model is about to be called; null: the request is that call. */
    String callMark();

    /** What stands in the answer with the first piece of what the model says. */
    String pieceMark();

    /** What stands in the end of a good answer. */
    String endMark();
}
