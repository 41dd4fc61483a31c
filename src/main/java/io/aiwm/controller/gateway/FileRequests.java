package io.aiwm.controller.gateway;

import io.aiwm.protocol.FileAck;
import io.aiwm.protocol.FileChunk;
import io.aiwm.protocol.FileGet;
import io.aiwm.protocol.FilePut;
import io.vertx.core.Future;

/**
 * What workers ask of the files of their commands. The node id is the session's, never the message's; a node gets and puts
 * only what belongs to a command that was given to it (invariant I8). A failure is answered as an error of the transfer.
 */
public interface FileRequests {

    /** Takes a piece; fails when it was not taken. */
    Future<FileAck> put(String nodeId, FilePut piece);

    Future<FileChunk> get(String nodeId, FileGet wish);
}
