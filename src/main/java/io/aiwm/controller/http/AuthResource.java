package io.aiwm.controller.http;

import io.aiwm.protocol.Failure;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;

/** Signing in, and tickets for the event bridge. */
public final class AuthResource implements Resource {
    private final Logins logins;
    private final Tickets tickets;
    private final LoginLimit limit;

    public AuthResource(Logins logins, Tickets tickets, InstantSource clock) {
        this.logins = logins;
        this.tickets = tickets;
        this.limit = new LoginLimit(clock);
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
        String place = request.remoteAddress();
        limit.check(place, given.username());
        return logins.login(given.username(), given.password())
                .onSuccess(ok -> limit.succeeded(place, given.username()))
                .onFailure(cause -> {
                    if (Failure.of(cause).kind == Failure.Kind.UNAUTHENTICATED) {
                        limit.failed(place, given.username());
                    }
                })
                .map(login -> Reply.ok(new JsonObject()
                        .put("accessToken", login.accessToken())
                        .put("tokenType", "Bearer")
                        .put("expiresIn", login.expiresIn().toSeconds())));
    }

    private Future<Reply> whoAmI(Request request) {
        return Future.succeededFuture(Reply.ok(new JsonObject()
                .put("name", request.principal().name())
                .put("role", request.principal().role().name())
                .put("expiresAt", request.principal().expiresAt())));
    }

    private Future<Reply> ticket(Request request) {
        return Future.succeededFuture(Reply.ok(new JsonObject()
                .put("ticket", tickets.issue(request.principal()))
                .put("expiresIn", Tickets.LIFETIME.toSeconds())));
    }
}
