package io.aiwm.controller.gateway;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.SingleLineText;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.Goodbye;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RegisterAck;
import io.aiwm.protocol.RegisterAckBuilder;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
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

    private static final int MAX_CHARS = 256;

    private final String controllerId;
    private final Admission admission;
    private final NodeSessions sessions;
    private final CommandEvents commands;
    private final SessionMessages messages;
    private final InstantSource clock;
    private UnaryOperator<String> peerKeys = nodeId -> null;
    private String objectsUrl;

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
        this.messages = new SessionMessages(admission, sessions, commands, reports, files);
        this.clock = clock;
        sessions.onEnded(admission::left);
        admission.onLost(sessions::nodeLost);
        admission.onTokenRevoked(sessions::tokenEnded);
    }

    /** Sets what gives each node the key of the tokens with which others fetch models from it; before any registers. */
    public void peerKeys(UnaryOperator<String> keys) {
        peerKeys = keys;
    }

    /** Sets where workers that know no URL of this controller reach its object store; before any registers. */
    public void objectsUrl(String url) {
        objectsUrl = url;
    }

    /** Sets what hears of proxies; before any registers. */
    public void proxies(ProxyReports reports) {
        messages.proxies(reports);
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
                        RegisterAckBuilder.builder()
                                .accepted(true)
                                .sessionId(session.id())
                                .nodeId(who.nodeId())
                                .controllerId(controllerId)
                                .heartbeatIntervalMs(admission.heartbeatIntervalMs())
                                .metricsIntervalMs(admission.metricsIntervalMs())
                                .adopt(todo.adopt())
                                .stop(todo.stop())
                                .resend(todo.resend())
                                .forget(todo.forget())
                                .peerKey(peerKeys.apply(who.nodeId()))
                                .objectsUrl(objectsUrl)
                                .build()));
    }

    /** What nobody has looked at yet, for a log and an answer. */
    static String said(String text) {
        return text == null ? null : SingleLineText.of(text, MAX_CHARS);
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
            return messages.dispatch(session, message);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        } catch (ClassCastException cause) {
            return Future.failedFuture(Failure.invalid("/data/sessionId", "must be a text"));
        }
    }
}
