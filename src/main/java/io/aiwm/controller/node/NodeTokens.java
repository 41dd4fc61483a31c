package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.IssuedToken;
import io.aiwm.controller.auth.JwtTokens;
import io.aiwm.controller.auth.LastUsed;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.TokenLife;
import io.aiwm.protocol.seal.NodeHandshake;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The only writer of node tokens. A node may have several valid ones, so that they rotate without a gap. */
public final class NodeTokens {
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            "nodeTokens", List.of(DocumentStore.Field.text("nodeId"), DocumentStore.Field.time(Query.CREATED)));
    private static final Duration MAX_LIFETIME = Duration.ofDays(3650);
    private static final int MAX_DESCRIPTION_CHARS = 500;
    private static final int MAX_PER_NODE = 100;
    private static final int IDS_PER_QUERY = 500;

    private final Records<NodeToken> records;
    private final Nodes nodes;
    private final JwtTokens jwt;
    private final InstantSource clock;
    private final Duration lifetime;
    private final List<Consumer<String>> revocationListeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<NodeToken>> issueListeners = new CopyOnWriteArrayList<>();
    /** When tokens were last used, until {@link #flush} writes it. */
    private final LastUsed used = new LastUsed();

    /** @param lifetime of a token whose issuer names none */
    public NodeTokens(DocumentStore store, Nodes nodes, JwtTokens jwt, InstantSource clock, Duration lifetime) {
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                NodeToken.class,
                Records.Shape.of(
                        NodeToken::id,
                        NodeToken::version,
                        (token, version) -> with(token, version, token.lastUsedAt())),
                token -> false,
                false);
        this.nodes = nodes;
        this.jwt = jwt;
        this.clock = clock;
        this.lifetime = lifetime;
        nodes.onDelete(this::revokeAll);
    }

    /** Calls back with the id of a token that has just been revoked, so that its sessions can end. Must not block. */
    public void onRevoked(Consumer<String> listener) {
        revocationListeners.add(listener);
    }

    /** Calls back with the record of each token that this controller has issued, renewals included. Must not block. */
    void onIssued(Consumer<NodeToken> listener) {
        issueListeners.add(listener);
    }

    /** The node's token that is good for longest; null: none. */
    Future<NodeToken> last(String nodeId) {
        return all(nodeId)
                .map(tokens -> tokens.stream()
                        .max(Comparator.comparing(NodeToken::expiresAt))
                        .orElse(null));
    }

    /** What to tell people of the end of the node's last token; null: nothing. */
    public Future<String> warning(String nodeId) {
        return last(nodeId).map(token -> token == null ? null : token.warning(clock.instant()));
    }

    /** @param expiresIn seconds; null: as configured. Fails with NOT_FOUND (the node) or INVALID. */
    public Future<IssuedToken> issue(String nodeId, Long expiresIn, String description) {
        if (expiresIn != null && (expiresIn < 1 || expiresIn > MAX_LIFETIME.toSeconds())) {
            return Future.failedFuture(
                    Failure.invalid("/expiresIn", "must be 1 to " + MAX_LIFETIME.toSeconds() + " seconds"));
        }
        if (description != null && description.length() > MAX_DESCRIPTION_CHARS) {
            return Future.failedFuture(
                    Failure.invalid("/description", "must have at most " + MAX_DESCRIPTION_CHARS + " characters"));
        }
        Duration lasts = expiresIn == null ? lifetime : Duration.ofSeconds(expiresIn);
        return nodes.get(nodeId).compose(node -> all(nodeId)).compose(tokens -> {
            if (tokens.size() >= MAX_PER_NODE) {
                return Future.failedFuture(
                        Failure.conflict("node " + nodeId + " has " + MAX_PER_NODE + " tokens; revoke some first"));
            }
            return store(nodeId, lasts, description, false);
        });
    }

    /**
     * A first token for a worker that came with none. Only for a node that was never seen and has no token, or whose
     * first token never came into use because the answer that carried it was lost: that one is replaced. Else fails with
     * UNAUTHENTICATED, so that whoever revoked a node's tokens keeps it out.
     */
    Future<IssuedToken> issueFirst(Node node) {
        String nodeId = node.id();
        return all(nodeId).compose(tokens -> {
            boolean lostAnswer = !tokens.isEmpty()
                    && tokens.stream().allMatch(token -> token.automatic() && token.lastUsedAt() == null);
            boolean neverSeen = tokens.isEmpty() && node.status() == NodeStatus.PENDING;
            if (!lostAnswer && !neverSeen) {
                return Future.failedFuture(new Failure(
                        Failure.Kind.UNAUTHENTICATED,
                        "node " + nodeId + " needs a node token; have an administrator issue one"));
            }
            return Future.all(tokens.stream()
                            .map(token -> records.delete(token.id()))
                            .toList())
                    .compose(done -> store(nodeId, lifetime, "first registration", true));
        });
    }

    /**
     * One that takes the place of the token by which a node is here, and lasts as long. One that took its place before and was
     * never used is replaced: its answer was lost. Fails with CONFLICT while it is good for long yet, or when its successor is
     * in use, because then two hold what one was given.
     */
    Future<IssuedToken> renew(String nodeId, String tokenId) {
        return records.get(tokenId).compose(old -> {
            TokenLife life = old.life();
            if (!life.isRenewable(clock.instant())) {
                return Future.failedFuture(Failure.conflict("the token is good until " + old.expiresAt()
                        + "; it is renewed from " + life.renewableFrom() + " on"));
            }
            String successor = "takes the place of " + tokenId;
            return all(nodeId).compose(tokens -> {
                List<NodeToken> before = tokens.stream()
                        .filter(token -> successor.equals(token.description()))
                        .toList();
                if (before.stream().anyMatch(token -> token.lastUsedAt() != null)) {
                    return Future.failedFuture(Failure.conflict("the token was renewed already, and its successor is in"
                            + " use; have an administrator issue another"));
                }
                return Future.all(before.stream()
                                .map(token -> records.delete(token.id()))
                                .toList())
                        .compose(done -> store(nodeId, old.lifetime(), successor, false));
            });
        });
    }

    /** One page of all tokens, by id. */
    Future<Records.Page<NodeToken>> page(String cursor) {
        return records.find(Query.all().after(cursor));
    }

    /** The node's tokens that have not expired, newest first; never the tokens themselves. Fails with NOT_FOUND. */
    public Future<List<NodeToken>> list(String nodeId) {
        return nodes.get(nodeId).compose(node -> all(nodeId));
    }

    /** Ends the token's sessions, wherever they are, within seconds. Fails with NOT_FOUND. */
    public Future<Void> revoke(String nodeId, String tokenId) {
        return records.get(tokenId).compose(token -> {
            if (!token.nodeId().equals(nodeId)) {
                return Future.failedFuture(Failure.notFound("token", tokenId));
            }
            return records.delete(tokenId).map(done -> {
                used.forget(tokenId);
                tellRevoked(tokenId);
                return null;
            });
        });
    }

    /** Who the token is of. Fails with UNAUTHENTICATED: not ours, expired, revoked; the reason says which. */
    public Future<Principal> verify(String token) {
        Principal principal;
        try {
            principal = jwt.verifyNode(token);
        } catch (Failure cause) {
            return Future.failedFuture(cause);
        }
        return records.get(principal.tokenId())
                .recover(cause -> Future.failedFuture(
                        Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? new Failure(Failure.Kind.UNAUTHENTICATED, "the token was revoked")
                                : cause))
                .map(record -> principal);
    }

    /** @param secret the token's signature */
    record Claimed(Principal principal, String secret) {}

    /** Whose a token without its signature would be, and the signature it has. Fails as {@link #verify} does. */
    Future<Claimed> claimed(String unsigned) {
        String token;
        try {
            token = jwt.signNode(unsigned);
        } catch (Failure malformed) {
            return Future.failedFuture(malformed);
        }
        String secret = NodeHandshake.secretOf(token);
        return verify(token).map(principal -> new Claimed(principal, secret));
    }

    /** A session speaks with this token; written with the next {@link #flush}. */
    public void used(String tokenId) {
        used.at(tokenId, clock.instant().truncatedTo(ChronoUnit.MILLIS));
    }

    /** Which of these tokens still count: their records exist. */
    public Future<Set<String>> stillValid(Collection<String> tokenIds) {
        var ids = new ArrayList<>(tokenIds);
        var valid = new HashSet<String>();
        var queries = new ArrayList<Future<?>>();
        for (int from = 0; from < ids.size(); from += IDS_PER_QUERY) {
            List<String> some = ids.subList(from, Math.min(from + IDS_PER_QUERY, ids.size()));
            queries.add(records.find(Query.where(Query.Condition.in("id", some)).limit(IDS_PER_QUERY))
                    .onSuccess(page -> {
                        synchronized (valid) {
                            page.items().forEach(token -> valid.add(token.id()));
                        }
                    }));
        }
        return Future.all(queries).map(valid);
    }

    /** A sweep: writes when tokens were last used. Every minute is often enough. */
    public Future<Void> flush() {
        return used.flush((id, when) -> records.update(id, token -> with(token, token.version(), when)));
    }

    private Future<Void> revokeAll(String nodeId) {
        return all(nodeId)
                .compose(tokens -> Future.all(tokens.stream()
                        .map(token -> records.delete(token.id()).onSuccess(done -> tellRevoked(token.id())))
                        .toList()))
                .mapEmpty();
    }

    private void tellRevoked(String tokenId) {
        revocationListeners.forEach(listener -> listener.accept(tokenId));
    }

    private Future<IssuedToken> store(String nodeId, Duration lifetime, String description, boolean automatic) {
        IssuedToken issued = jwt.issueNode(nodeId, lifetime);
        var record = NodeTokenBuilder.builder()
                .id(issued.tokenId())
                .version(1)
                .nodeId(nodeId)
                .description(description)
                .automatic(automatic)
                .createdAt(clock.instant().truncatedTo(ChronoUnit.MILLIS))
                .expiresAt(issued.expiresAt())
                .build();
        return records.insert(record)
                .onSuccess(stored -> issueListeners.forEach(listener -> listener.accept(record)))
                .map(issued);
    }

    /** Those that have not expired; the others are swept out on the way. */
    private Future<List<NodeToken>> all(String nodeId) {
        return records.find(Query.where(Query.Condition.eq("nodeId", nodeId)).newestFirst())
                .map(page -> page.items().stream()
                        .filter(this::isCurrent)
                        .map(token -> with(token, token.version(), used.of(token.id(), token.lastUsedAt())))
                        .toList());
    }

    private boolean isCurrent(NodeToken token) {
        if (token.expiresAt().isAfter(clock.instant())) {
            return true;
        }
        records.delete(token.id());
        return false;
    }

    private static NodeToken with(NodeToken token, long version, Instant lastUsedAt) {
        return NodeTokenBuilder.builder(token)
                .version(version)
                .lastUsedAt(lastUsedAt)
                .build();
    }
}
