package io.aiwm.protocol;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/**
 * Controller to worker: taken in, and what to do with what it brought.
 *
 * @param accepted false: reason says why, and the session ends
 * @param sessionId names this session in every later message; unguessable, a newer registration makes it void
 * @param controllerId where a bus worker sends its messages from now on; null on other transports
 * @param adopt containers to keep running and watch
 * @param stop containers of closed attempts or deleted deployments: stop and remove them
 * @param resend command ids whose stored result to send again
 * @param forget command ids that are settled: drop them from the journal
 * @param nodeToken given once, to a worker that came without one; it keeps it on disk for the next start
 * @param peerKey base64url: with it the worker checks the {@link PeerToken}s of those who fetch models from it; a secret
 * @param objectsUrl where sources of models are that begin with {@code /objects/}, for a worker that knows no URL of its
 *     controller; null: where the worker reaches its controller
 */
@RecordBuilder
public record RegisterAck(
        boolean accepted,
        String reason,
        String sessionId,
        String nodeId,
        String controllerId,
        long heartbeatIntervalMs,
        long metricsIntervalMs,
        List<String> adopt,
        List<String> stop,
        List<String> resend,
        List<String> forget,
        String nodeToken,
        String peerKey,
        String objectsUrl) {
    public static final String TYPE = "register.ack";

    public static RegisterAck refused(String reason) {
        return RegisterAckBuilder.builder()
                .reason(reason)
                .adopt(List.of())
                .stop(List.of())
                .resend(List.of())
                .forget(List.of())
                .build();
    }

    public RegisterAck withNodeToken(String token) {
        return RegisterAckBuilder.builder(this).nodeToken(token).build();
    }
}
