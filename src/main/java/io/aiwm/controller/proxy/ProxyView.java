package io.aiwm.controller.proxy;

import java.time.Instant;

/**
 * A proxy as people see it.
 *
 * @param revision of the configuration that it serves; null: it has none
 * @param url where callers reach it
 * @param current whether that is the newest
 * @param heardAt when it said so
 */
public record ProxyView(Long revision, String url, boolean current, Instant heardAt) {}
