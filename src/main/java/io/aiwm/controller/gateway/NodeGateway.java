package io.aiwm.controller.gateway;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.OneLine;
import io.aiwm.protocol.CommandAck;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandProgress;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.FileAck;
import io.aiwm.protocol.FileChunk;
import io.aiwm.protocol.FileGet;
import io.aiwm.protocol.FilePut;
import io.aiwm.protocol.Goodbye;
import io.aiwm.protocol.Heartbeat;
import io.aiwm.protocol.HeartbeatAck;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.Metrics;
import io.aiwm.protocol.NodeModels;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.ProtocolError;
import io.aiwm.protocol.RegisterAck;
import io.aiwm.protocol.Resources;
import io.aiwm.protocol.ResultAck;
import io.aiwm.protocol.RetentionAsk;
import io.aiwm.protocol.RetentionKept;
import io.aiwm.protocol.TokenRenew;
import io.aiwm.protocol.TokenRenewed;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules of a node's session, the same on every transport. Who speaks is known from the credential that opened the
 * session, never from a message: what a message says about another node, or about a command that was not given to this
 * one, is refused (invariant I8).
 */
public final class NodeGateway {
    private static final Logger LOG = LoggerFactory.getLogger(NodeGateway.class);

    private static final String VERSION =
            Objects.requireNonNullElse(NodeGateway.class.getPackage().getImplementationVersion(), "development");

    private static final int MOST_ASK_ID = 100;
    private static final int MOST_CHARS = 256;

    private final String controllerId;
    private final Admission admission;
    private final NodeSessions sessions;
    private final CommandEvents commands;
    private final NodeReports reports;
    private final FileRequests files;
    private final InstantSource clock;

    /** @param controllerId names this process on the bus */
    public NodeGateway(
            String controllerId,
            Admission admission,
            NodeSessions sessions,
            CommandEvents commands,
            NodeReports reports,
            FileRequests files,
            InstantSource clock) {
        this.controllerId = controllerId;
        this.admission = admission;
        this.sessions = sessions;
        this.commands = commands;
        this.reports = reports;
        this.files = files;
        this.clock = clock;
        sessions.onEnded(admission::left);
        admission.onLost(sessions::nodeLost);
        admission.onTokenRevoked(sessions::tokenEnded);
    }

    public String controllerId() {
        return controllerId;
    }

    Future<Admission.Admitted> verify(String token) {
        return admission.verify(token);
    }

    NodeSessions sessions() {
        return sessions;
    }

    /**
     * A sweep, to be run every three seconds or so: ends sessions whose token has expired, or was revoked by another
     * controller whose word did not arrive.
     */
    public Future<Void> run() {
        sessions.expire(clock.instant());
        List<String> tokenIds = sessions.tokenIds();
        return tokenIds.isEmpty()
                ? Future.succeededFuture()
                : admission.stillValid(tokenIds).map(valid -> {
                    sessions.keepTokens(tokenIds, valid);
                    return null;
                });
    }

    /**
     * Looks at a registration; the answer says what to do with what the worker brought. The session begins with
     * {@link #open}, which the transport calls when the answer is on its way: nothing may overtake it.
     */
    Future<Opened> register(Admission.Admitted who, NodeRegister registration, Channel channel) {
        if (registration.nodeId() != null && !registration.nodeId().equals(who.nodeId())) {
            return Future.failedFuture(new Failure(
                    Failure.Kind.FORBIDDEN,
                    "this token is node " + who.nodeId() + "'s, not " + said(registration.nodeId()) + "'s"));
        }
        if (who.tokenId() != null) {
            admission.used(who.tokenId());
        }
        if (registration.agentVersion() != null && !registration.agentVersion().equals(VERSION)) {
            LOG.info(
                    "node {} runs AIWM {}, this controller {}",
                    who.nodeId(),
                    said(registration.agentVersion()),
                    VERSION);
        }
        var session = new NodeSession(Ids.secret(), who.nodeId(), who.tokenId(), who.expiresAt(), channel);
        return admission
                .registered(who.nodeId(), registration, channel.transport())
                .compose(known -> commands.registered(who.nodeId(), registration))
                .map(todo -> new Opened(
                        session,
                        new RegisterAck(
                                true,
                                null,
                                session.id(),
                                who.nodeId(),
                                controllerId,
                                admission.heartbeatIntervalMs(),
                                admission.metricsIntervalMs(),
                                todo.adopt(),
                                todo.stop(),
                                todo.resend(),
                                todo.forget(),
                                null)));
    }

    /** What nobody has looked at yet, for a log and an answer. */
    private static String said(String text) {
        return text == null ? null : OneLine.of(text, MOST_CHARS);
    }

    /** Begins the session: an older one of the node is void from now on. */
    void open(NodeSession session) {
        sessions.open(session);
        LOG.info(
                "node {} registered over {}",
                session.nodeId(),
                session.channel().transport());
    }

    /** The worker has its register.ack: from now on it takes commands, those it was given before among them. */
    void ready(NodeSession session) {
        commands.ready(session.nodeId());
    }

    record Opened(NodeSession session, RegisterAck ack) {}

    /** The worker in this process: it shows its token, or takes an id that has none. */
    Future<Opened> registerHere(NodeRegister registration, Channel channel) {
        return registration.token() == null
                ? admission.admitHere(registration).compose(fresh -> register(fresh, registration, channel))
                : verify(registration.token()).compose(who -> register(who, registration, channel));
    }

    /** A member of the cluster that came without a token. */
    Future<Opened> registerOpenly(NodeRegister registration, Channel channel) {
        return admission.admitOpenly(registration).compose(fresh -> register(fresh, registration, channel));
    }

    private Future<Opened> register(Admission.NewToken fresh, NodeRegister registration, Channel channel) {
        return register(fresh.admitted(), registration, channel)
                .map(opened -> new Opened(opened.session(), opened.ack().withNodeToken(fresh.token())));
    }

    Admission admission() {
        return admission;
    }

    /** Takes in one message of a session. Fails with what was wrong with it; nothing has changed then. */
    Future<Void> receive(NodeSession session, Envelope message) {
        try {
            String named = message.data().getString("sessionId");
            if (named != null && !named.equals(session.id())) {
                throw new Failure(Failure.Kind.UNAUTHENTICATED, "this session is void; register again");
            }
            if (sessions.find(session.id()) != session) {
                throw new Failure(Failure.Kind.UNAUTHENTICATED, "this session is void; register again");
            }
            if (!message.type().equals(Goodbye.TYPE)) {
                admission.seen(session.nodeId(), null);
            }
            return dispatch(session, message);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        } catch (ClassCastException cause) {
            return Future.failedFuture(Failure.invalid("/data/sessionId", "must be a text"));
        }
    }

    private Future<Void> dispatch(NodeSession session, Envelope message) {
        String node = session.nodeId();
        switch (message.type()) {
            case CommandResult.TYPE -> {
                return result(session, message);
            }
            case CommandAck.TYPE -> acknowledged(node, message.as(CommandAck.class));
            case CommandProgress.TYPE -> commands.progress(node, message.as(CommandProgress.class));
            case Heartbeat.TYPE -> heartbeat(session, message);
            case Metrics.TYPE -> {
                Metrics metrics = message.as(Metrics.class);
                admission.sampled(node, metrics.system(), metrics.containers());
            }
            case Resources.TYPE ->
                admission.sampled(node, message.as(Resources.class).system(), null);
            case NodeModels.TYPE ->
                admission.holds(node, message.as(NodeModels.class).models());
            case DeploymentStatus.TYPE -> reports.deploymentStatus(node, message.as(DeploymentStatus.class));
            case LogChunk.TYPE, "job.logs" -> reports.logs(node, message.as(LogChunk.class));
            case TokenRenew.TYPE -> {
                return renew(session, message);
            }
            case RetentionAsk.TYPE -> {
                return kept(session, message);
            }
            case FilePut.TYPE -> put(session, message);
            case FileGet.TYPE -> get(session, message);
            case Goodbye.TYPE -> {
                sessions.closed(session);
                admission.left(node, Admission.GOODBYE);
                session.channel().close(1000, "goodbye");
            }
            case ProtocolError.TYPE ->
                LOG.warn(
                        "node {} did not understand a message: {}",
                        node,
                        said(message.as(ProtocolError.class).message()));
            default -> throw Failure.invalid("/type", "\"" + message.type() + "\" is not known here");
        }
        return Future.succeededFuture();
    }

    private Future<Void> renew(NodeSession session, Envelope message) {
        if (session.tokenId() == null) {
            return Future.failedFuture(Failure.conflict("this session has no token to be renewed"));
        }
        return admission.renew(session.nodeId(), session.tokenId()).compose(fresh -> {
            LOG.info(
                    "node {} has a new token, good until {}",
                    session.nodeId(),
                    fresh.admitted().expiresAt());
            var renewed = new TokenRenewed(fresh.token(), fresh.admitted().expiresAt());
            return session.channel()
                    .send(Envelope.of(TokenRenewed.TYPE, renewed).answering(message));
        });
    }

    private Future<Void> kept(NodeSession session, Envelope message) {
        RetentionAsk ask = message.as(RetentionAsk.class);
        if (ask.askId() == null || ask.askId().length() > MOST_ASK_ID) {
            throw Failure.invalid("/data/askId", "must be a text of at most " + MOST_ASK_ID + " characters");
        }
        if (ask.owners().size() > RetentionAsk.MOST_OWNERS || ask.owners().contains(null)) {
            throw Failure.invalid("/data/owners", "must be at most " + RetentionAsk.MOST_OWNERS + " ids");
        }
        return reports.kept(session.nodeId(), ask)
                .compose(kept -> session.channel()
                        .send(Envelope.of(RetentionKept.TYPE, kept).answering(message)));
    }

    /** Answered when the piece is on disk, which may take longer than a transport waits for its own reply. */
    private void put(NodeSession session, Envelope message) {
        FilePut piece = message.as(FilePut.class);
        if (piece.commandId() == null || piece.kind() == null) {
            throw Failure.invalid("/data", "a piece of a file needs a commandId and a kind");
        }
        files.put(session.nodeId(), piece)
                .otherwise(cause -> new FileAck(piece.commandId(), piece.kind(), piece.from(), 0, null, error(cause)))
                .onSuccess(ack ->
                        session.channel().send(Envelope.of(FileAck.TYPE, ack).answering(message)));
    }

    private void get(NodeSession session, Envelope message) {
        FileGet wish = message.as(FileGet.class);
        if (wish.commandId() == null || wish.fileId() == null) {
            throw Failure.invalid("/data", "a wish for a file needs a commandId and a fileId");
        }
        files.get(session.nodeId(), wish)
                .otherwise(
                        cause -> new FileChunk(wish.commandId(), wish.fileId(), wish.from(), null, false, error(cause)))
                .onSuccess(chunk -> session.channel()
                        .send(Envelope.of(FileChunk.TYPE, chunk).answering(message)));
    }

    private static CommandError error(Throwable cause) {
        Failure failure = Failure.of(cause);
        ErrorCategory category = switch (failure.kind) {
            case UNAUTHENTICATED, FORBIDDEN -> ErrorCategory.POLICY;
            case NOT_FOUND -> ErrorCategory.NOT_FOUND;
            case CONFLICT, PRECONDITION -> ErrorCategory.CONFLICT;
            case TOO_LARGE -> ErrorCategory.RESOURCE_EXHAUSTED;
            case INVALID, UNSUPPORTED_MEDIA_TYPE, UNPROCESSABLE -> ErrorCategory.INVALID;
            case LIMITED, UNAVAILABLE, TIMEOUT, INTERNAL -> ErrorCategory.NETWORK;
        };
        return new CommandError(category, failure.getMessage(), category == ErrorCategory.NETWORK);
    }

    private void acknowledged(String node, CommandAck ack) {
        if (ack.commandId() == null) {
            throw Failure.invalid("/data/commandId", "is missing");
        }
        if (ack.accepted()) {
            admission.working(node, ack.commandId(), true);
        }
        commands.acknowledged(node, ack);
    }

    private void heartbeat(NodeSession session, Envelope message) {
        Heartbeat beat = message.as(Heartbeat.class);
        admission.seen(session.nodeId(), beat.activeCommands() == null ? List.of() : beat.activeCommands());
        admission.measures(session.nodeId(), message.timestamp(), beat.leftMs());
        admission.uses(session.nodeId(), beat);
        var ack = new JsonObject().put("nextHeartbeatMs", admission.heartbeatIntervalMs());
        session.channel().send(Envelope.of(HeartbeatAck.TYPE, ack).answering(message));
    }

    /** Acknowledged only when it is stored; a result nobody here gave to this node is refused and not acknowledged. */
    private Future<Void> result(NodeSession session, Envelope message) {
        CommandResult result = message.as(CommandResult.class);
        if (result.commandId() == null || result.outcome() == null) {
            throw Failure.invalid("/data", "a result needs a commandId and an outcome");
        }
        admission.working(session.nodeId(), result.commandId(), false);
        var ack = new JsonObject().put("commandId", result.commandId());
        return commands.result(session.nodeId(), result, message.messageId())
                .onSuccess(stored ->
                        session.channel().send(Envelope.of(ResultAck.TYPE, ack).answering(message)));
    }
}
