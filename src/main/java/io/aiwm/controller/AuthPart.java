package io.aiwm.controller;

import io.aiwm.controller.api.ApiKeyResource;
import io.aiwm.controller.api.AuthResource;
import io.aiwm.controller.api.CallerCheck;
import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.Logins;
import io.aiwm.controller.api.ShellAudit;
import io.aiwm.controller.api.SignInAudit;
import io.aiwm.controller.api.TeamResource;
import io.aiwm.controller.api.UserResource;
import io.aiwm.controller.auth.ApiKeys;
import io.aiwm.controller.auth.Callers;
import io.aiwm.controller.auth.JwtTokens;
import io.aiwm.controller.auth.OwnTokens;
import io.aiwm.controller.auth.PasswordRounds;
import io.aiwm.controller.auth.Teams;
import io.aiwm.controller.auth.Users;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.http.Tickets;
import io.aiwm.controller.inference.limit.InferenceCallers;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may call: users, their tokens and API keys, tickets of the event bridge. */
final class AuthPart implements Part {
    private static final Logger LOG = LoggerFactory.getLogger(AuthPart.class);

    final JwtTokens tokens;
    final Users users;
    final Tickets tickets;
    private final ApiKeys apiKeys;
    private final Teams teams;
    private final Callers callers;
    /** Who may call models. */
    final InferenceCallers inferenceCallers;

    /** Who changed what. */
    final AuditPart audit;

    /** Who opened a shell, and who was refused one. */
    final ShellAudit shellAudit;

    private final SignInAudit signIns;
    private final PartContext basis;

    AuthPart(PartContext basis) {
        this.basis = basis;
        audit = new AuditPart(basis);
        tokens = new JwtTokens(basis.vertx(), basis.secrets(), basis.clock());
        int iterations = basis.config().auth().passwordIterations();
        PasswordRounds.weakness(iterations).ifPresent(LOG::warn);
        users = new Users(basis.vertx(), basis.store(), basis.clock(), iterations);
        apiKeys = new ApiKeys(basis.store(), users, basis.clock());
        teams = new Teams(basis.store(), basis.clock());
        callers = new Callers(tokens, users, apiKeys);
        inferenceCallers = new InferenceCallers(callers, apiKeys, users, teams, basis.clock());
        tickets = new Tickets(basis.store(), basis.clock());
        signIns = new SignInAudit(audit.trail, users::exists);
        shellAudit = new ShellAudit(audit.trail);
        users.onAdminSet(made -> audit.trail.ended(new JsonObject()
                .put("actor", "system")
                .put("operation", made ? "createUser" : "changeUser")
                .put("path", "/api/users/" + Users.ADMIN)
                .put("reason", "the password of the configuration")
                .put("status", made ? 201 : 200)));
    }

    CallerIdentity identities() {
        return new CallerIdentity(callers::since);
    }

    /** When a user was made. */
    Future<Instant> since(String user) {
        return callers.since(user);
    }

    CallerCheck callers() {
        return new CallerCheck(callers);
    }

    /** For calls of the own API in the name of users. */
    OwnTokens ownTokens() {
        return new OwnTokens(tokens, users, apiKeys);
    }

    private Future<Logins.Login> login(String name, String password, String address) {
        return users.login(name, password, address).map(user -> {
            Duration lifetime = basis.config().auth().tokenLifetime();
            return new Logins.Login(tokens.issueUser(user, lifetime).token(), lifetime);
        });
    }

    @Override
    public List<Collection> collections() {
        return List.of(Users.COLLECTION, ApiKeys.COLLECTION, Teams.COLLECTION, Tickets.COLLECTION);
    }

    @Override
    public List<Resource> resources() {
        return List.of(
                new AuthResource(this::login, tickets, signIns),
                new UserResource(users),
                new ApiKeyResource(apiKeys),
                new TeamResource(teams));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(
                new Sweep("when API keys were last used", Duration.ofMinutes(1), apiKeys::flush),
                new Sweep("tickets nobody used", Duration.ofMinutes(1), tickets::run),
                new Sweep("sign-ins that are only counted", SignInAudit.EVERY, signIns::run),
                new Sweep("refused shells that are only counted", ShellAudit.EVERY, shellAudit::run));
    }
}
