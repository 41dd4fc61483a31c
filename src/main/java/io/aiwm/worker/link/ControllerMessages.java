package io.aiwm.worker.link;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.protocol.CommandCancel;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.FileAck;
import io.aiwm.protocol.FileChunk;
import io.aiwm.protocol.Goodbye;
import io.aiwm.protocol.HeartbeatAck;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogsFollow;
import io.aiwm.protocol.LogsStop;
import io.aiwm.protocol.ProtocolError;
import io.aiwm.protocol.ProxyConfig;
import io.aiwm.protocol.ProxyLeased;
import io.aiwm.protocol.ProxyUsageAck;
import io.aiwm.protocol.ResultAck;
import io.aiwm.protocol.RetentionKept;
import io.aiwm.protocol.ShellClose;
import io.aiwm.protocol.ShellInput;
import io.aiwm.protocol.ShellOpen;
import io.aiwm.protocol.ShellOutput;
import io.aiwm.protocol.TokenRenewed;
import io.aiwm.worker.command.CommandFiles;
import io.aiwm.worker.command.CommandRunner;
import io.aiwm.worker.command.Containers;
import io.aiwm.worker.command.RetentionQuestion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where each message of a controller goes. What is not understood changes nothing and is answered with error. */
final class ControllerMessages {
    private static final Logger log = LoggerFactory.getLogger(ControllerMessages.class);

    /** The part of a session that messages act on. */
    interface Session {
        void heartbeatAcknowledged(HeartbeatAck ack);

        void goodbye(Goodbye goodbye);

        void reply(Envelope message);
    }

    private final CommandRunner runner;
    private final Containers containers;
    private final CommandFiles files;
    private final RetentionQuestion retention;
    private final ControllerLink uplink;
    private final ProxyTraffic proxy;

    ControllerMessages(
            CommandRunner runner,
            Containers containers,
            CommandFiles files,
            RetentionQuestion retention,
            ControllerLink uplink,
            ProxyTraffic proxy) {
        this.runner = runner;
        this.containers = containers;
        this.files = files;
        this.retention = retention;
        this.uplink = uplink;
        this.proxy = proxy;
    }

    void take(Envelope message, Session session) {
        try {
            route(message, session);
        } catch (Failure cause) {
            notUnderstood(message, session, cause.getMessage());
        }
    }

    private void route(Envelope message, Session session) {
        switch (message.type()) {
            case HeartbeatAck.TYPE -> session.heartbeatAcknowledged(message.as(HeartbeatAck.class));
            case ResultAck.TYPE ->
                runner.acknowledged(required(message.as(ResultAck.class).commandId()));
            case CommandCancel.TYPE -> {
                var cancel = message.as(CommandCancel.class);
                required(cancel.commandId());
                runner.cancel(cancel);
            }
            case LogsFollow.TYPE ->
                containers.followLogs(
                        message.as(LogsFollow.class), chunk -> uplink.send(LogChunk.TYPE, Json.toObject(chunk), null));
            case LogsStop.TYPE -> containers.stopLogs(message.as(LogsStop.class).streamId());
            case ShellOpen.TYPE -> containers.shells().open(message.as(ShellOpen.class), this::tell);
            case ShellInput.TYPE -> containers.shells().input(message.as(ShellInput.class), this::tell);
            case ShellClose.TYPE ->
                containers.shells().close(message.as(ShellClose.class).shellId());
            case FileAck.TYPE -> files.answered(message.as(FileAck.class));
            case FileChunk.TYPE -> files.answered(message.as(FileChunk.class));
            case RetentionKept.TYPE -> retention.answered(message.as(RetentionKept.class));
            case ProxyConfig.TYPE -> proxy.configured(message.as(ProxyConfig.class));
            case ProxyLeased.TYPE -> proxy.leased(message.as(ProxyLeased.class));
            case ProxyUsageAck.TYPE -> proxy.counted(message.as(ProxyUsageAck.class));
            case TokenRenewed.TYPE ->
                uplink.renewed(message.as(TokenRenewed.class).nodeToken());
            case Goodbye.TYPE -> session.goodbye(message.as(Goodbye.class));
            case ProtocolError.TYPE -> {
                var error = message.as(ProtocolError.class);
                log.warn("the controller refused message {}: {}", message.correlationId(), error.message());
                if ("unauthenticated".equals(error.category())) {
                    session.goodbye(new Goodbye(null, error.message()));
                }
            }
            default -> {
                if (message.commandId() == null || message.commandId().length() > 200) {
                    notUnderstood(message, session, "unknown type " + message.type() + " without metadata.commandId");
                } else {
                    runner.receive(message);
                }
            }
        }
    }

    private void tell(ShellOutput output) {
        uplink.send(ShellOutput.TYPE, Json.toObject(output), null);
    }

    private static String required(String commandId) {
        if (commandId == null) {
            throw Failure.invalid("/data/commandId", "is required");
        }
        return commandId;
    }

    private static void notUnderstood(Envelope message, Session session, String why) {
        session.reply(Envelope.of(ProtocolError.TYPE, new ProtocolError("invalid", why))
                .answering(message));
    }
}
