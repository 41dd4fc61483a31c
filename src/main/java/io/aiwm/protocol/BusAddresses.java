package io.aiwm.protocol;

/**
 * The protocol on the event bus: where a worker that is a member of the cluster (or lives in the same process) and the
 * controllers meet. The bodies are the envelopes that travel over WebSocket, so that both transports obey one rule set.
 */
public final class BusAddresses {

    /**
     * Worker to any controller: {@code node.register} whose data carries nodeId and token. The controller that answers
     * with {@code register.ack} owns the session and names itself in {@code controllerId}; a refusal is a register.ack
     * with {@code accepted: false}, never a failure.
     */
    public static final Address<Envelope, Envelope> REGISTER =
            new Address<>("aiwm.gateway.register", Envelope.class, Envelope.class);

    /** The same within one process: the worker of a standalone belongs to the controller beside it, and to no other. */
    public static final Address<Envelope, Envelope> REGISTER_HERE =
            new Address<>("aiwm.gateway.register.here", Envelope.class, Envelope.class);

    /**
     * A starting controller to one that runs: which records do you keep? One cluster has one store, so any of those that
     * run can answer, and none means that this is the first.
     */
    public static final Address<Installation, Installation> INSTALLATION =
            new Address<>("aiwm.controller.installation", Installation.class, Installation.class);

    /** A controller to all the others, now and then: a cluster that was cut in two may come together with two stores. */
    public static final Address<Installation, Void> INSTALLATIONS =
            new Address<>("aiwm.controller.installations", Installation.class, Void.class);

    /**
     * Worker to the controller that owns its session ({@code id} = controllerId): every other message. Its
     * {@code data.sessionId} says who speaks. Replied empty when taken in; fails with UNAUTHENTICATED when the session
     * is not known (any more): the worker registers again. No handler: that controller is gone, likewise.
     */
    public static final Address<Envelope, Void> INBOUND =
            new Address<>("aiwm.gateway.{id}.inbound", Envelope.class, Void.class);

    /**
     * Controller to worker ({@code id} = nodeId): commands and everything else a worker is sent, acks included. Replied
     * empty when handed over, which says nothing about the command being taken in: that is {@code command.ack}.
     */
    public static final Address<Envelope, Void> NODE =
            new Address<>("aiwm.node.{id}.command", Envelope.class, Void.class);

    /**
     * One controller to another that has a place of files ({@code id} = the place): a range of a file. Any of those that
     * share the place answers. Fails with NOT_FOUND where there is no such file, with INVALID for a range beyond its end.
     * Repeating it is harmless.
     */
    public static final Address<FileRead, FileRange> FILE_READ =
            new Address<>("aiwm.files.{id}.read", FileRead.class, FileRange.class);

    /**
     * The same way: a file that nobody wants there any more. Replied empty when it is gone; where it is wanted after all
     * nothing happens. Lost, it is found by a sweep of the place. Repeating it is harmless.
     */
    public static final Address<FileDrop, Void> FILE_DROP =
            new Address<>("aiwm.files.{id}.drop", FileDrop.class, Void.class);

    private BusAddresses() {}
}
