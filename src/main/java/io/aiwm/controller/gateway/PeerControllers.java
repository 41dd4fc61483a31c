package io.aiwm.controller.gateway;

import io.aiwm.boot.Config;
import io.aiwm.boot.StartFailure;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Installation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that all controllers of one cluster keep the same records. Two databases in one cluster would take each
 * other's workers: a worker's registration goes to any controller, and one half of the work would go to nodes that the
 * other half believes to be its own.
 */
public final class PeerControllers {
    /** One record: the installation's id. */
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection("installation", List.of());

    private static final Logger LOG = LoggerFactory.getLogger(PeerControllers.class);
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final String RECORD = "installation";

    private final Vertx vertx;
    private final DocumentStore store;
    private final String controllerId;
    private final Config config;
    private final Set<String> named = ConcurrentHashMap.newKeySet();
    private Installation self;

    public PeerControllers(Vertx vertx, DocumentStore store, String controllerId, Config config) {
        this.vertx = vertx;
        this.store = store;
        this.controllerId = controllerId;
        this.config = config;
    }

    /** Once, when the store is open. Fails with {@link StartFailure} when the cluster belongs to another installation. */
    public Future<Void> join() {
        return installationId().compose(id -> {
            self = new Installation(id, controllerId, place());
            return BusAddresses.INSTALLATION
                    .ask(vertx, self, PATIENCE)
                    .recover(this::nobody)
                    .compose(other -> other != null && isForeign(other)
                            ? Future.failedFuture(new StartFailure(conflict(other)))
                            : listen());
        });
    }

    /** A sweep: tells the others, so that a conflict that begins later, or by two starts at once, is at least named. */
    public Future<Void> run() {
        BusAddresses.INSTALLATIONS.publish(vertx, self);
        return Future.succeededFuture();
    }

    /** Before any of it is served, so that whoever starts next is answered. */
    private Future<Void> listen() {
        return Future.all(
                        BusAddresses.INSTALLATION
                                .serve(vertx, other -> Future.succeededFuture(self))
                                .completion(),
                        BusAddresses.INSTALLATIONS.listen(vertx, this::heard).completion())
                .compose(listening -> run());
    }

    private void heard(Installation other) {
        if (isForeign(other) && named.add(other.controllerId())) {
            LOG.error("{}", conflict(other));
        }
    }

    /** SQLite serves one controller, so there any other is one too many: a copied data directory has the same id. */
    private boolean isForeign(Installation other) {
        boolean alone = config.storage().isEmbedded();
        return !other.controllerId().equals(controllerId)
                && (alone || !other.id().equals(self.id()));
    }

    private String conflict(Installation other) {
        return "the cluster " + config.cluster().name() + " already has a controller with another database ("
                + other.place() + ", installation " + other.id() + "); this one is " + self.place()
                + ", installation " + self.id() + ". Give this one a cluster.name or a cluster.port of its own, or set"
                + " cluster.enabled to false; several controllers for one fleet need the same storage.mongoUri";
    }

    private Future<Installation> nobody(Throwable cause) {
        if (Failure.of(cause).kind != Failure.Kind.UNAVAILABLE) {
            LOG.warn("a controller of the cluster does not say which database it has: {}", cause.getMessage());
        }
        return Future.succeededFuture(null);
    }

    private String place() {
        return "http://" + config.http().host() + ":" + config.http().port() + " on "
                + config.worker().hostname() + ", "
                + (config.storage().isEmbedded() ? "data in " + config.dataDir() : "data in MongoDB");
    }

    private Future<String> installationId() {
        return store.get(COLLECTION.name(), RECORD).compose(found -> {
            if (found != null) {
                return Future.succeededFuture(new JsonObject(found.json()).getString("installationId"));
            }
            String made = Ids.next("ins");
            var record = new JsonObject().put("id", RECORD).put("version", 1).put("installationId", made);
            return store.insert(COLLECTION.name(), new DocumentStore.Document(RECORD, 1, record.encode()))
                    .map(made)
                    // another controller of this database was first
                    .recover(taken -> Failure.of(taken).kind == Failure.Kind.CONFLICT
                            ? installationId()
                            : Future.failedFuture(taken));
        });
    }
}
