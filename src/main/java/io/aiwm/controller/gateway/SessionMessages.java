package io.aiwm.controller.gateway;

import io.aiwm.common.Failure;
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
import io.aiwm.protocol.ProtocolError;
import io.aiwm.protocol.ProxyLease;
import io.aiwm.protocol.ProxyLeased;
import io.aiwm.protocol.ProxyState;
import io.aiwm.protocol.ProxyUsage;
import io.aiwm.protocol.ProxyUsageAck;
import io.aiwm.protocol.Resources;
import io.aiwm.protocol.ResultAck;
import io.aiwm.protocol.RetentionAsk;
import io.aiwm.protocol.RetentionKept;
import io.aiwm.protocol.ShellOutput;
import io.aiwm.protocol.TokenRenew;
import io.aiwm.protocol.TokenRenewed;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes each message of an open session to the part of the controller that takes it, and sends the answer. */
final class SessionMessages {
    private static final Logger LOG = LoggerFactory.getLogger(SessionMessages.class);

    private static final int MAX_ASK_ID = 100;

    private final Admission admission;
    private final NodeSessions sessions;
    private final CommandEvents commands;
    private final NodeReports reports;
    private final FileRequests files;
    private ProxyReports proxies = ProxyReports.NONE;

    SessionMessages(
            Admission admission,
            NodeSessions sessions,
            CommandEvents commands,
            NodeReports reports,
            FileRequests files) {
        this.admission = admission;
        this.sessions = sessions;
        this.commands = commands;
        this.reports = reports;
        this.files = files;
    }

    /** Sets what hears of proxies; before any registers. */
    void proxies(ProxyReports reports) {
        proxies = reports;
    }

    /** Handles one message by its type. Fails with, or throws, what was wrong with it; nothing has changed then. */
    Future<Void> dispatch(NodeSession session, Envelope message) {
        String node = session.nodeId();
        switch (message.type()) {
            case CommandResult.TYPE -> {
                return result(session, message);
            }
            case CommandAck.TYPE -> acknowledged(node, CommandAck.of(message));
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
            case ShellOutput.TYPE -> reports.shell(node, message.as(ShellOutput.class));
            case TokenRenew.TYPE -> {
                return renew(session, message);
            }
            case RetentionAsk.TYPE -> {
                return kept(session, message);
            }
            case ProxyState.TYPE -> proxies.state(node, message.as(ProxyState.class));
            case ProxyLease.TYPE -> {
                return leased(session, message);
            }
            case ProxyUsage.TYPE -> {
                return used(session, message);
            }
            case FilePut.TYPE -> put(session, message);
            case FileGet.TYPE -> get(session, message);
            case Goodbye.TYPE -> {
                sessions.closed(session);
                admission.left(node, AbsenceReason.STOPPED);
                session.channel().close(1000, "goodbye");
            }
            case ProtocolError.TYPE ->
                LOG.warn(
                        "node {} did not understand a message: {}",
                        node,
                        NodeGateway.said(message.as(ProtocolError.class).message()));
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
        if (ask.askId() == null || ask.askId().length() > MAX_ASK_ID) {
            throw Failure.invalid("/data/askId", "must be a text of at most " + MAX_ASK_ID + " characters");
        }
        if (ask.owners().size() > RetentionAsk.MOST_OWNERS || ask.owners().contains(null)) {
            throw Failure.invalid("/data/owners", "must be at most " + RetentionAsk.MOST_OWNERS + " ids");
        }
        return reports.kept(session.nodeId(), ask)
                .compose(kept -> session.channel()
                        .send(Envelope.of(RetentionKept.TYPE, kept).answering(message)));
    }

    /** Acknowledged only when it is stored: until then the proxy keeps it. */
    private Future<Void> used(NodeSession session, Envelope message) {
        return proxies.usage(session.nodeId(), message.as(ProxyUsage.class))
                .compose(ack -> session.channel()
                        .send(Envelope.of(ProxyUsageAck.TYPE, ack).answering(message)));
    }

    private Future<Void> leased(NodeSession session, Envelope message) {
        return proxies.lease(session.nodeId(), message.as(ProxyLease.class))
                .compose(leased -> session.channel()
                        .send(Envelope.of(ProxyLeased.TYPE, leased).answering(message)));
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
            case CONFLICT, GONE, PRECONDITION -> ErrorCategory.CONFLICT;
            case TOO_LARGE -> ErrorCategory.RESOURCE_EXHAUSTED;
            case INVALID, UNSUPPORTED_MEDIA_TYPE, UNPROCESSABLE -> ErrorCategory.INVALID;
            case LIMITED, UNAVAILABLE, TIMEOUT, REQUEST_TIMEOUT, INTERNAL -> ErrorCategory.NETWORK;
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
        CommandResult result = CommandResult.of(message);
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
