package io.aiwm.controller.http;

import io.aiwm.boot.Config;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * The API as its contract says, and what is read beside it: the page, the documentation, the meaning of each problem.
 */
public final class RestApi {
    private static final String API = "/api/";

    private final Contract contract;
    private final PathTree routes;
    private final Pages pages;
    private final Config.Http config;
    private final TokenCheck tokens;

    private RestApi(Contract contract, PathTree routes, Config.Http config, TokenCheck tokens) {
        this.contract = contract;
        this.routes = routes;
        this.pages = new Pages(contract);
        this.config = config;
        this.tokens = tokens;
    }

    /**
     * Loads the contract of these resources. Blocks: call it off the event loop. Fails with IllegalStateException when
     * handlers and contract disagree.
     */
    public static RestApi of(Config.Http config, List<Resource> resources, TokenCheck tokens) {
        return of(config, resources, tokens, AuditTrail.NONE);
    }

    /** @param audit is told what callers change */
    public static RestApi of(Config.Http config, List<Resource> resources, TokenCheck tokens, AuditTrail audit) {
        Contract contract =
                Contract.load(resources.stream().map(Resource::fragment).toList());
        return new RestApi(contract, Api.routes(contract, resources, audit), config, tokens);
    }

    /** The document and its operations. */
    Contract contract() {
        return contract;
    }

    /** Compiles what is else compiled when it is first needed. Blocks. */
    public void warmUp() {
        contract.compileAll();
    }

    /** Everything below {@code /api/}, the contract's other paths, and the page with all that is left. */
    public List<Mount> mounts() {
        var mounts = new ArrayList<Mount>();
        mounts.add(Mount.of(API, this::handler));
        contract.operations().stream()
                .map(Operation::path)
                .filter(path -> !path.startsWith(API))
                .distinct()
                .forEach(path -> mounts.add(Mount.of(path, this::handler)));
        mounts.add(Mount.of("/", this::pageOrNothing));
        return mounts;
    }

    private ApiHandler handler(ServerLoop loop) {
        return new ApiHandler(routes, tokens, config, loop.inFlight(), loop.context());
    }

    private Handler<HttpServerRequest> pageOrNothing(ServerLoop loop) {
        ApiHandler nothing = handler(loop);
        return request -> {
            if (!pages.serve(request)) {
                nothing.handle(request);
            }
        };
    }
}
