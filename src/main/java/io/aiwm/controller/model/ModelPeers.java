package io.aiwm.controller.model;

import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.node.Nodes;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ModelCommand;
import io.aiwm.protocol.ModelDigest;
import io.aiwm.protocol.ModelFile;
import io.aiwm.protocol.ModelSource;
import io.aiwm.protocol.PeerToken;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Adds to each {@code model.cache} and {@code model.download} the nodes from which the model can be fetched, with a short
 * token for each; they come before the other sources.
 */
public final class ModelPeers {
    private static final Duration TOKEN_LIFE = Duration.ofHours(1);
    private static final long WAIT_FOR_PULL_MS = Duration.ofMinutes(30).toMillis();
    private static final long WAIT_FOR_PLACE_MS = Duration.ofMinutes(1).toMillis();

    private final ModelDistribution distribution;
    private final InstantSource clock;
    private final byte[] secret;

    /** @param secret that all controllers share */
    public ModelPeers(Nodes nodes, InstantSource clock, String secret) {
        this(new ModelDistribution(new InNodes(nodes)), clock, secret);
    }

    ModelPeers(ModelDistribution distribution, InstantSource clock, String secret) {
        this.distribution = distribution;
        this.clock = clock;
        this.secret = secret.getBytes(StandardCharsets.UTF_8);
    }

    /** The key with which a node checks the tokens of others, in base64url. */
    public String keyOf(String nodeId) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(PeerToken.key(secret, nodeId));
    }

    /** The data of a command with the peers of this moment; unchanged where there are none. */
    public JsonObject added(String nodeId, String command, JsonObject data) {
        String digest = digest(command, data);
        if (digest == null) {
            return data;
        }
        List<ModelDistribution.Peer> peers = distribution.peers(digest, nodeId, clock.instant());
        if (peers.isEmpty()) {
            return data;
        }
        JsonArray files = data.getJsonArray("files");
        if (files == null || files.isEmpty()) {
            return withPeers(data.copy(), digest, peers);
        }
        var more = new JsonArray();
        for (int i = 0; i < files.size(); i++) {
            JsonObject file = files.getJsonObject(i).copy();
            more.add(withPeers(file, file.getString("sha256").toLowerCase(Locale.ROOT), peers));
        }
        return data.copy().put("files", more);
    }

    private JsonObject withPeers(JsonObject data, String sha256, List<ModelDistribution.Peer> peers) {
        var sources = new JsonArray();
        for (ModelDistribution.Peer peer : peers) {
            byte[] key = PeerToken.key(secret, peer.server().nodeId());
            String token = PeerToken.make(key, sha256, clock.instant().plus(TOKEN_LIFE));
            sources.add(Json.toObject(new ModelSource(
                    ModelSource.Kind.peer,
                    peer.server().url() + "/models/blobs/" + sha256,
                    Map.of("Authorization", "Bearer " + token),
                    peer.has() ? WAIT_FOR_PLACE_MS : WAIT_FOR_PULL_MS)));
        }
        return data.put("sources", sources.addAll(data.getJsonArray("sources", new JsonArray())));
    }

    /** A listener for Executions.onWritten: hears which pulls have ended. */
    public void written(Execution before, Execution after) {
        for (int i = 0; i < after.steps().size(); i++) {
            Step was = Execution.stepOf(before, i);
            Step is = after.steps().get(i);
            boolean over = was != null
                    && was.status().isOpenAttempt()
                    && (!is.status().isOpenAttempt() || is.attempt() > was.attempt());
            String digest = over ? digest(was.spec().command(), was.spec().data()) : null;
            if (digest != null) {
                distribution.ended(digest, was.current().nodeId());
            }
        }
    }

    /** Null: nothing that peers could have. */
    private static String digest(String command, JsonObject data) {
        boolean model = CommandNames.MODEL_CACHE.equals(command) || CommandNames.MODEL_DOWNLOAD.equals(command);
        if (!model) {
            return null;
        }
        if (data.getValue(ModelOnNodes.DIGEST) instanceof String stored) {
            return stored; // the files are added only when the command is sent
        }
        ModelCommand said = Json.decode(data, ModelCommand.class);
        if (said.files() != null && !said.files().isEmpty()) {
            boolean known = said.files().stream().allMatch(file -> file != null && Sha256.isHex(file.sha256()));
            return known ? ModelDigest.of(new ArrayList<ModelFile>(said.files())) : null;
        }
        return Sha256.isHex(said.sha256()) ? said.sha256().toLowerCase(Locale.ROOT) : null;
    }

    private record InNodes(Nodes nodes) implements ModelDistribution.Fleet {
        @Override
        public List<ModelDistribution.Server> holders(String digest) {
            return nodes.all().stream()
                    .filter(InNodes::serves)
                    .filter(node -> node.models().stream().anyMatch(model -> digest.equalsIgnoreCase(model.sha256())))
                    .map(InNodes::server)
                    .toList();
        }

        @Override
        public ModelDistribution.Server server(String nodeId) {
            Node node = nodes.find(nodeId);
            return node != null && serves(node) ? server(node) : null;
        }

        @Override
        public String zone(String nodeId) {
            Node node = nodes.find(nodeId);
            return node == null ? null : node.zone();
        }

        private static boolean serves(Node node) {
            return node.modelServer() != null && (node.status() == NodeStatus.IDLE || node.status() == NodeStatus.BUSY);
        }

        private static ModelDistribution.Server server(Node node) {
            return new ModelDistribution.Server(node.id(), node.zone(), node.modelServer());
        }
    }
}
