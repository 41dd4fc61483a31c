package io.aiwm.controller.store;

import com.mongodb.MongoException;
import com.mongodb.MongoNotPrimaryException;
import com.mongodb.MongoSecurityException;
import com.mongodb.MongoServerUnavailableException;
import com.mongodb.MongoSocketException;
import com.mongodb.MongoTimeoutException;
import com.mongodb.MongoWriteConcernException;
import com.mongodb.MongoWriteException;
import io.aiwm.protocol.Failure;
import io.vertx.core.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a caller is told when MongoDB says no; the log has the rest. */
final class MongoFailures {
    static final int DUPLICATE_KEY = 11000;
    static final int COLLECTION_EXISTS = 48;
    /** How the driver says that the client, or one of its pools, was closed under a call. */
    private static final String CLOSED = "state should be: open";

    private static final Logger log = LoggerFactory.getLogger(MongoFailures.class);

    private MongoFailures() {}

    static int code(Throwable cause) {
        if (cause instanceof MongoWriteException write) {
            return write.getError().getCode();
        }
        return cause instanceof MongoException mongo ? mongo.getCode() : 0;
    }

    static <T> Future<T> failed(Throwable cause) {
        return Future.failedFuture(of(cause));
    }

    static Failure of(Throwable cause) {
        if (cause instanceof Failure failure) {
            return failure;
        }
        if (code(cause) == DUPLICATE_KEY) {
            return Failure.conflict("the id, or a unique value, is taken");
        }
        if (cause instanceof MongoSecurityException) {
            log.error("MongoDB refuses the login", cause);
            return new Failure(Failure.Kind.UNAVAILABLE, "MongoDB refuses the login of storage.mongoUri");
        }
        if (cause instanceof MongoSocketException
                || cause instanceof MongoTimeoutException
                || cause instanceof MongoServerUnavailableException
                || cause instanceof MongoNotPrimaryException
                || cause instanceof MongoWriteConcernException) {
            log.warn("MongoDB cannot be reached: {}", cause.getMessage());
            return new Failure(Failure.Kind.UNAVAILABLE, "MongoDB cannot be reached: try again later");
        }
        if (cause instanceof IllegalStateException
                && String.valueOf(cause.getMessage()).contains(CLOSED)) {
            return new Failure(Failure.Kind.UNAVAILABLE, "the store is closed");
        }
        log.error("MongoDB failed", cause);
        return new Failure(Failure.Kind.INTERNAL, "the database failed; see the controller's log");
    }
}
