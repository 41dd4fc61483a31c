package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.common.Ids;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Calls of a tool by a person, to see what a model would get. Nothing of a call is stored but its entry in the audit log. */
public final class ToolTryOut {
    /** Of one user on this controller. */
    static final int MOST_AT_ONCE = 4;

    private static final String KEY_PREFIX = "try";

    private final Tools tools;
    private final ToolCalls calls;
    private final InstantSource clock;
    private final ConcurrentHashMap<String, Integer> running = new ConcurrentHashMap<>();

    ToolTryOut(Tools tools, ToolCalls calls, InstantSource clock) {
        this.tools = tools;
        this.calls = calls;
        this.clock = clock;
    }

    /**
     * Who calls.
     *
     * @param keyId of the API key that the request came with; null: none
     * @param requestId what the call is named in logs
     */
    public record Person(UserIdentity user, String keyId, String requestId) {}

    /** @param name null: the only one of the tool. @param arguments null: none */
    public record Wanted(String name, JsonObject arguments) {}

    /**
     * What a model is offered.
     *
     * @param description null: none
     * @param input the JSON Schema of the arguments
     */
    public record Offered(String name, String description, JsonObject input) {}

    /** @param reason why there is nothing; null: there is something */
    public record AllOffered(List<Offered> items, String reason) {}

    /** @param failed whether the call failed; {@code text} says why. @param millis from the call to its end */
    public record Answer(String name, boolean failed, String text, long millis) {}

    /**
     * Returns what a model would be offered in this name. Fails with NOT_FOUND, with LIMITED. A server that does not answer, or refuses
     * to, offers nothing; the reason says which.
     */
    public Future<AllOffered> offers(String toolId, Person person) {
        return seated(
                person,
                () -> tools.get(toolId)
                        .compose(tool -> calls.offers(List.of(tool), behalf(person))
                                .map(all -> new AllOffered(
                                        all.offers().stream()
                                                .map(one -> new Offered(one.name(), one.description(), one.input()))
                                                .toList(),
                                        reason(tool, all)))));
    }

    private static String reason(Tool tool, ToolCalls.Offers all) {
        if (!all.away().isEmpty()) {
            return all.away().get(0).reason();
        }
        return !all.offers().isEmpty()
                ? null
                : tool.kind() == Tool.Kind.AIWM
                        ? "you may use none of its operations"
                        : "the server has none of the tools that are asked of it";
    }

    /** Both ways to try a tool may ask a server that takes its time. */
    private <T> Future<T> seated(Person person, Supplier<Future<T>> work) {
        String user = person.user().name();
        if (running.merge(user, 1, Integer::sum) > MOST_AT_ONCE) {
            running.computeIfPresent(user, ToolTryOut::less);
            return Future.failedFuture(new Failure(
                    Failure.Kind.LIMITED, "you try " + MOST_AT_ONCE + " tools already; wait for one of them"));
        }
        return Future.succeededFuture()
                .compose(go -> work.get())
                .onComplete(done -> running.computeIfPresent(user, ToolTryOut::less));
    }

    /**
     * Calls a tool with the rights of this person. A tool that asks first is called: who tries it has been asked. Fails with NOT_FOUND,
     * with CONFLICT where the tool is off or never called, with UNPROCESSABLE and the field where the arguments do not fit, with LIMITED.
     *
     * @param gone is given what ends the call
     */
    public Future<Answer> call(String toolId, Wanted wanted, Person person, Consumer<Runnable> gone) {
        return seated(person, () -> called(toolId, wanted, behalf(person), gone));
    }

    private Future<Answer> called(String toolId, Wanted wanted, ToolCaller behalf, Consumer<Runnable> gone) {
        JsonObject arguments = wanted.arguments() == null ? new JsonObject() : wanted.arguments();
        return tools.get(toolId)
                .map(ToolTryOut::callable)
                .compose(tool -> calls.offers(List.of(tool), behalf).compose(all -> chosen(tool, all.offers(), wanted)))
                .compose(offer -> {
                    List<FieldError> mistakes = offer.part() == null
                            ? InputSchema.mistakes(offer.input(), arguments, "/arguments")
                            : List.of();
                    if (!mistakes.isEmpty()) {
                        throw new Failure(
                                Failure.Kind.UNPROCESSABLE,
                                "the arguments do not fit the schema of the tool",
                                mistakes);
                    }
                    return begin(offer, arguments, behalf, gone);
                });
    }

    private static Tool callable(Tool tool) {
        if (!tool.active()) {
            throw Failure.conflict("the tool " + tool.name() + " is off");
        }
        if (tool.approval() == Tool.Approval.DENY) {
            throw Failure.conflict("the tool " + tool.name() + " may not be called");
        }
        return tool;
    }

    private Future<Offer> chosen(Tool tool, List<Offer> offers, Wanted wanted) {
        String name =
                wanted.name() == null && offers.size() == 1 ? offers.get(0).name() : wanted.name();
        if (name == null && offers.size() > 1) {
            return unfit("must be one of " + offers.stream().map(Offer::name).collect(Collectors.joining(", ")));
        }
        return offers.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .map(Future::succeededFuture)
                .orElseGet(() -> calls.absent(List.of(tool), name == null ? tool.name() : name)
                        .compose(ToolTryOut::unfit));
    }

    private static Future<Offer> unfit(String why) {
        return Future.failedFuture(
                new Failure(Failure.Kind.UNPROCESSABLE, "/name: " + why, List.of(new FieldError("/name", why))));
    }

    private Future<Answer> begin(Offer offer, JsonObject arguments, ToolCaller behalf, Consumer<Runnable> gone) {
        long began = System.nanoTime();
        RunningCall call = calls.begin(offer, arguments, behalf, Ids.next(KEY_PREFIX));
        gone.accept(call.cancel());
        return call.result()
                .map(result -> new Answer(
                        offer.name(), result.failed(), result.text(), (System.nanoTime() - began) / 1_000_000));
    }

    private static Integer less(String user, Integer count) {
        return count == 1 ? null : count - 1;
    }

    private ToolCaller behalf(Person person) {
        return new ToolCaller(person.user(), null, null, person.keyId(), clock.instant(), person.requestId());
    }
}
