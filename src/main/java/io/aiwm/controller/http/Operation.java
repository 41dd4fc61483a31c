package io.aiwm.controller.http;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.List;

/**
 * One operation of the contract, ready to be checked against.
 *
 * @param path as in the contract, {@code /api/nodes/{id}}
 * @param role what the caller needs; null: open to everyone
 * @param body null: takes no body
 * @param uploads its handler reads the body itself, of any type and size
 * @param streams its answer may go on for as long as the client listens, so no request timeout
 * @param raw its handler judges the body itself, which need not fit the schema nor be JSON
 * @param shortForms what of the body may be written shorter; null: nothing
 */
@RecordBuilder
record Operation(
        String id,
        HttpMethod method,
        String path,
        Role role,
        Schema body,
        boolean bodyRequired,
        List<Parameter> pathParameters,
        List<Parameter> queryParameters,
        boolean streams,
        boolean uploads,
        boolean raw,
        Shorthand shortForms) {

    /**
     * @param type JSON type its text is read as: string, integer, number, boolean
     * @param repeated may be given several times; the schema is then of one value
     */
    record Parameter(String name, String type, boolean repeated, boolean required, Schema schema) {}

    Shares.Kind share() {
        return uploads ? Shares.Kind.UPLOADS : streams ? Shares.Kind.STREAMS : Shares.Kind.REQUESTS;
    }

    /** Fails with FORBIDDEN when this caller lacks the role. */
    Future<Principal> permit(Principal caller) {
        return caller.role().includes(role)
                ? Future.succeededFuture(caller)
                : Future.failedFuture(new Failure(
                        Failure.Kind.FORBIDDEN, "this needs the role " + role + ", the token has " + caller.role()));
    }
}
