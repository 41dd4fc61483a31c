package io.aiwm.controller;

import io.aiwm.common.JsonText;
import io.aiwm.controller.api.AuditResource;
import io.aiwm.controller.audit.AuditLog;
import io.aiwm.controller.http.AuditTrail;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;

/** Who changed what. */
final class AuditPart implements Part {
    final AuditLog log;
    /** What the HTTP engine writes to it. */
    final AuditTrail trail;

    AuditPart(PartContext basis) {
        log = new AuditLog(basis.vertx(), basis.store(), basis.config().audit().age(), basis.clock(), basis.alone());
        trail = new AuditTrail() {
            @Override
            public Future<Void> asked(JsonObject what) {
                return log.asked(what);
            }

            @Override
            public void ended(JsonObject what) {
                log.ended(what);
            }

            @Override
            public void worked(JsonText what) {
                log.worked(what);
            }
        };
    }

    @Override
    public List<Collection> collections() {
        return List.of(AuditLog.COLLECTION);
    }

    @Override
    public List<Resource> resources() {
        return List.of(new AuditResource(log));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(new Sweep("audit entries that are too old", Duration.ofMinutes(10), log::run));
    }
}
