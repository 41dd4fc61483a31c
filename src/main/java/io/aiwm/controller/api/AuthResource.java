package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.event.ConsoleLog;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.http.Tickets;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import org.slf4j.LoggerFactory;

/** Signing in, and tickets for the event bridge. */
public final class AuthResource implements Resource {
    private final Logins logins;
    private final Tickets tickets;
    private final SignInAudit signIns;
    private final RateLimitedLog refusals = RateLimitedLog.refusals(LoggerFactory.getLogger(AuthResource.class));

    public AuthResource(Logins logins, Tickets tickets, SignInAudit signIns) {
        this.logins = logins;
        this.tickets = tickets;
        this.signIns = signIns;
    }

    private record Credentials(String username, String password) {}

    @Override
    public String fragment() {
        return "auth";
    }

    @Override
    public void mount(Api api) {
        api.on("login", this::login);
        api.on("whoAmI", this::whoAmI);
        api.on("createTicket", this::ticket);
    }

    private Future<Reply> login(Request request) {
        Credentials given = request.body(Credentials.class);
        String address = request.remoteAddress();
        return logins.login(given.username(), given.password(), address)
                .onComplete(done -> signIns.ended(request, given.username(), done))
                .onSuccess(login -> ConsoleLog.ours().tell("{} signed in from {}", given.username(), address))
                // without the name, which may be a password; the audit log has it where there is such a user
                .onFailure(cause -> refusals.refused(
                        "a sign-in from " + address, Failure.of(cause).getMessage()))
                .map(login -> Reply.ok(new JsonObject()
                        .put("accessToken", login.accessToken())
                        .put("tokenType", "Bearer")
                        .put("expiresIn", login.expiresIn().toSeconds())));
    }

    private Future<Reply> whoAmI(Request request) {
        var caller = new JsonObject()
                .put("name", request.principal().name())
                .put("role", request.principal().role().name());
        if (request.principal().expiresAt() != null) {
            caller.put("expiresAt", request.principal().expiresAt());
        }
        return Future.succeededFuture(Reply.ok(caller));
    }

    private Future<Reply> ticket(Request request) {
        return tickets.issue(request.principal())
                .map(ticket -> Reply.ok(
                        new JsonObject().put("ticket", ticket).put("expiresIn", Tickets.LIFETIME.toSeconds())));
    }
}
