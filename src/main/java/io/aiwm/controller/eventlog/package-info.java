/**
 * The stored log of what happened: bounded, in order for each record it is about, and told once.
 *
 * <p>An event is first part of the record that it is about, in the same write as the change that it tells, so neither can be
 * without the other. From there it is copied to the log under an id made of the record's and its number, by a consumer of the
 * change feed; copied twice it is there once. Only then does the record forget it.
 */
package io.aiwm.controller.eventlog;
