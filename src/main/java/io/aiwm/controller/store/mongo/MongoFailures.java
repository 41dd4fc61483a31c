package io.aiwm.controller.store.mongo;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoException;
import com.mongodb.MongoNotPrimaryException;
import com.mongodb.MongoSecurityException;
import com.mongodb.MongoServerUnavailableException;
import com.mongodb.MongoSocketException;
import com.mongodb.MongoTimeoutException;
import com.mongodb.MongoWriteConcernException;
import com.mongodb.MongoWriteException;
import com.mongodb.bulk.BulkWriteError;
import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.slf4j.LoggerFactory;

/** Maps failures of MongoDB to the failures that callers receive; the log has the details. */
final class MongoFailures {
    static final int DUPLICATE_KEY = 11000;
    static final int COLLECTION_EXISTS = 48;
    /** The driver's message when the client, or one of its pools, was closed during a call. */
    private static final String CLOSED = "state should be: open";

    private static final int OUT_OF_DISK_SPACE = 14031;
    /**
     * The server says that it cannot do it now: host unreachable or not found, network timeout, shutting down, stepped down,
     * no longer or not yet primary, recovering, interrupted, out of time, no suitable server, a socket broke.
     */
    private static final Set<Integer> NOT_NOW =
            Set.of(6, 7, 50, 64, 89, 91, 133, 134, 189, 262, 9001, 10058, 10107, 11600, 11602, 13388, 13435, 13436);

    private static final RateLimitedLog log = RateLimitedLog.failures(LoggerFactory.getLogger(MongoFailures.class));

    private MongoFailures() {}

    static int code(Throwable cause) {
        if (cause instanceof MongoWriteException write) {
            return write.getError().getCode();
        }
        if (cause instanceof MongoBulkWriteException bulk
                && !bulk.getWriteErrors().isEmpty()) {
            return bulk.getWriteErrors().stream()
                    .mapToInt(BulkWriteError::getCode)
                    .filter(code -> code != DUPLICATE_KEY)
                    .findFirst()
                    .orElse(DUPLICATE_KEY);
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
        int code = code(cause);
        if (code == DUPLICATE_KEY) {
            return Failure.conflict("the id, or a unique value, is taken");
        }
        if (cause instanceof MongoSecurityException) {
            log.failed("MongoDB refuses the login", cause.getMessage());
            return new Failure(Failure.Kind.UNAVAILABLE, "MongoDB refuses the login of storage.mongoUri");
        }
        if (code == OUT_OF_DISK_SPACE) {
            log.failed("MongoDB has no room on its disk", cause.getMessage());
            return new Failure(Failure.Kind.UNAVAILABLE, "the disk of MongoDB is full: make room and try again");
        }
        if (NOT_NOW.contains(code)
                || cause instanceof MongoSocketException
                || cause instanceof MongoTimeoutException
                || cause instanceof MongoServerUnavailableException
                || cause instanceof MongoNotPrimaryException
                || cause instanceof MongoWriteConcernException) {
            return unreachable(cause.getMessage());
        }
        if (cause instanceof IllegalStateException
                && String.valueOf(cause.getMessage()).contains(CLOSED)) {
            return new Failure(Failure.Kind.UNAVAILABLE, "the store is closed");
        }
        log.failed("MongoDB failed, " + cause.getClass().getSimpleName() + " " + code, cause);
        return new Failure(Failure.Kind.INTERNAL, "the database failed; see the controller's log");
    }

    static Failure unreachable(String why) {
        log.failed("MongoDB cannot be reached", why);
        return new Failure(Failure.Kind.UNAVAILABLE, "MongoDB cannot be reached: try again later");
    }

    /** Returns which of so many documents were inserted, where all others had a key that is taken; else the same failure. */
    static Future<List<Boolean>> inserted(Throwable cause, int size) {
        if (!(cause instanceof MongoBulkWriteException bulk) || bulk.getWriteConcernError() != null) {
            return Future.failedFuture(cause);
        }
        List<Boolean> inserted = new ArrayList<>(Collections.nCopies(size, true));
        for (BulkWriteError error : bulk.getWriteErrors()) {
            if (error.getCode() != DUPLICATE_KEY) {
                return Future.failedFuture(cause);
            }
            inserted.set(error.getIndex(), false);
        }
        return Future.succeededFuture(inserted);
    }
}
