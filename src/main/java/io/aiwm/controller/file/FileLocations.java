package io.aiwm.controller.file;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.FileDrop;
import io.aiwm.protocol.FileRange;
import io.aiwm.protocol.FileRead;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;

/**
 * Where the bytes of files are. A controller has one place, its object store; several have the same one when they share a
 * bucket or a folder. What is at another place is read through a controller that has it, range by range over the event
 * bus.
 */
final class FileLocations {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final ObjectStore own;
    private List<MessageConsumer<?>> served = List.of();

    FileLocations(Vertx vertx, ObjectStore own) {
        this.vertx = vertx;
        this.own = own;
    }

    /** Answers the others from now on; the object store is open. */
    Future<Void> serve(Function<FileDrop, Future<Void>> drop) {
        served = List.of(
                BusAddresses.FILE_READ.at(own.place()).serve(vertx, this::read),
                BusAddresses.FILE_DROP.at(own.place()).serve(vertx, drop));
        return Future.all(served.stream().map(MessageConsumer::completion).toList())
                .mapEmpty();
    }

    Future<Void> close() {
        return Future.join(served.stream().map(MessageConsumer::unregister).toList())
                .mapEmpty();
    }

    private Future<FileRange> read(FileRead wish) {
        if (wish.length() < 0 || wish.length() > FileRead.MAX_BYTES) {
            return Future.failedFuture(
                    Failure.invalid("a range of a file has at most " + FileRead.MAX_BYTES + " bytes"));
        }
        return own.get(StoredFile.key(wish.fileId()), wish.from(), wish.length())
                .compose(content -> content.whole()
                        .map(bytes -> new FileRange(
                                Base64.getEncoder().encodeToString(bytes.getBytes()), content.sizeBytes())));
    }

    /** Whether its bytes are here. One from before places were noted may be. */
    boolean areHere(StoredFile file) {
        return file.place() == null || file.place().equals(own.place());
    }

    /** As {@link ObjectStore#get}. Fails with UNAVAILABLE when the file is at a place that nobody answers for. */
    Future<ObjectContent> get(StoredFile file, long offset, long length) {
        if (areHere(file)) {
            return own.get(file.key(), offset, length)
                    .recover(cause -> Future.failedFuture(file.place() == null ? notNoted(file, cause) : cause));
        }
        return RemoteContent.open(
                vertx.getOrCreateContext(),
                (from, bytes) -> BusAddresses.FILE_READ
                        .at(file.place())
                        .ask(vertx, new FileRead(file.id(), from, bytes), PATIENCE)
                        .recover(cause -> Future.failedFuture(notReached(file, cause))),
                offset,
                length);
    }

    /** Tells who has that place. Succeeds also when nobody does: the file's record tells them once they are back. */
    Future<Void> drop(StoredFile file) {
        return BusAddresses.FILE_DROP
                .at(file.place())
                .ask(vertx, new FileDrop(file.id()), PATIENCE)
                .otherwiseEmpty();
    }

    private static Failure notReached(StoredFile file, Throwable cause) {
        Failure failure = Failure.of(cause);
        boolean ofTheFile = failure.kind == Failure.Kind.NOT_FOUND || failure.kind == Failure.Kind.INVALID;
        return ofTheFile
                ? failure
                : new Failure(
                        Failure.Kind.UNAVAILABLE,
                        "file " + file.id() + " is kept at " + file.place()
                                + ", and no controller that has this place answers now; try again when one runs");
    }

    private static Failure notNoted(StoredFile file, Throwable cause) {
        Failure failure = Failure.of(cause);
        return failure.kind != Failure.Kind.NOT_FOUND
                ? failure
                : new Failure(
                        Failure.Kind.UNAVAILABLE,
                        "file " + file.id() + " is not kept by this controller, and no other has noted yet that it has"
                                + " it; try again when the controller that took it in runs");
    }
}
