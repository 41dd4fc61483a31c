/**
 * The REST API: one {@code *Resource} per record type, with its views and rules. The only room that knows both the HTTP
 * engine and the services.
 */
package io.aiwm.controller.api;
