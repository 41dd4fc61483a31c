/**
 * The HTTP engine: server, routing, the checks of the contract, answers and problems, and the page. It knows no service.
 *
 * <p>May import {@code controller.store} (page tokens and failures), {@code controller.secret}, {@code boot}, {@code protocol},
 * {@code common}, and of other rooms only the types that {@code ArchitectureTest} names. Resources of single record types are
 * in {@code controller.api}.
 *
 * <p>Main types: {@link io.aiwm.controller.http.Mount} is a path prefix with its handler, {@code Contract} the operations read
 * from the OpenAPI document, {@link io.aiwm.controller.http.RestApi} the place where resources register their handlers,
 * {@code Exchange} one request under way, {@link io.aiwm.controller.http.Request} and {@link
 * io.aiwm.controller.http.Reply} what handlers see of it, {@code Problem} the form of errors.
 */
package io.aiwm.controller.http;
