package io.aiwm.controller.http;

import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * A resource whose changes are answered once what must see them at this controller has done so.
 *
 * @param by succeeds or fails when they are seen; the answer is the same
 */
public record ReadYourWrites(Resource resource, Supplier<Future<Void>> by) implements Resource {
    @Override
    public String fragment() {
        return resource.fragment();
    }

    @Override
    public void mount(Api api) {
        resource.mount(api.followed(by));
    }
}
