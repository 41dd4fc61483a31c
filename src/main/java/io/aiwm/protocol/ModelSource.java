package io.aiwm.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;

/**
 * One place from which a worker can fetch a file of a model.
 *
 * @param url may be a signed URL, and is then a secret
 * @param headers sent to the host of the URL only; never logged
 * @param waitMs how long a peer that has not all of the file yet is waited for; null: not at all
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ModelSource(Kind kind, String url, Map<String, String> headers, Long waitMs) {

    /** A worker that holds the file, the object store of the cluster, or where the file was published. */
    public enum Kind {
        peer,
        store,
        origin
    }

    @Override
    public String toString() {
        return "ModelSource[" + kind + "]";
    }
}
