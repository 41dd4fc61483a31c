package io.aiwm.protocol;

import io.aiwm.protocol.seal.NodeChannel;
import io.aiwm.protocol.seal.NodeHandshake;
import io.vertx.core.buffer.Buffer;

/**
 * The protocol on the event bus: where a worker that is a member of the cluster (or lives in the same process) and the
 * controllers meet. The bodies are the envelopes that travel over WebSocket, so that both transports obey one rule set.
 */
public final class BusAddresses {

    /** Type of a message between the ends of a session that changes nothing: is anybody there? */
    public static final String LOOK = "link.look";

    /**
     * Worker to any controller: {@code link.hello}. The controller that answers with {@code link.challenge} is the one that
     * will own the session. Fails with UNAUTHENTICATED when the token does not count. See {@link NodeHandshake}.
     */
    public static final Address<Envelope, Envelope> HELLO =
            new Address<>("aiwm.gateway.hello", Envelope.class, Envelope.class, Address.Reach.MEMBERS);

    /**
     * Worker to the controller that owns its session ({@code id} = controllerId): every other message, sealed by its
     * {@link NodeChannel}. {@code node.register} comes first and is answered with a sealed {@code register.ack}; all others
     * are replied empty when taken in. Fails with UNAUTHENTICATED when the session is not known (any more): the worker
     * begins anew. No handler: that controller is gone, likewise.
     */
    public static final Address<Buffer, Buffer> INBOUND =
            new Address<>("aiwm.gateway.{id}.inbound", Buffer.class, Buffer.class, Address.Reach.MEMBERS);

    /**
     * Controller to worker ({@code id} = channel id): commands and everything else a worker is sent, acks included, sealed.
     * Replied empty when handed over, which says nothing about the command being taken in: that is {@code command.ack}.
     */
    public static final Address<Buffer, Void> NODE =
            new Address<>("aiwm.node.{id}", Buffer.class, Void.class, Address.Reach.MEMBERS);

    /** A worker in the controller's process to that controller: {@code node.register}, answered with register.ack. */
    public static final Address<Envelope, Envelope> REGISTER_HERE =
            new Address<>("aiwm.here.register", Envelope.class, Envelope.class, Address.Reach.PROCESS);

    /** {@link #INBOUND} within one process, where nothing needs a seal. */
    public static final Address<Envelope, Void> INBOUND_HERE =
            new Address<>("aiwm.here.inbound", Envelope.class, Void.class, Address.Reach.PROCESS);

    /** {@link #NODE} within one process ({@code id} = nodeId). */
    public static final Address<Envelope, Void> NODE_HERE =
            new Address<>("aiwm.here.node.{id}", Envelope.class, Void.class, Address.Reach.PROCESS);

    /**
     * Controller to the controller that holds a node's session ({@code id} = nodeId): hand this to the worker. Replied
     * empty when handed over.
     */
    public static final Address<Envelope, Void> RELAY =
            new Address<>("aiwm.gateway.node.{id}", Envelope.class, Void.class);

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
