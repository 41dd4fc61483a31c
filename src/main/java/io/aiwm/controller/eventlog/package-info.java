/**
 * What happened: the log of all events, and the one of each deployment.
 *
 * <p>The log of all events. Writers of records say of each change what happened ({@link io.aiwm.controller.eventlog.EventNote});
 * this is stored with the change, in the same write. {@link io.aiwm.controller.eventlog.EventRecorder}, a consumer of the change
 * feed, brings it into one order, as blocks ({@link io.aiwm.controller.eventlog.EventBlocks}); {@link
 * io.aiwm.controller.eventlog.EventTail} reads the newest blocks once for all readers of a controller, and {@link
 * io.aiwm.controller.eventlog.EventReader} brings one client what it wants and may see.
 *
 * <p>The log of a deployment is bounded, in order, and told once. An event is first part of the record that it is about, in the
 * same write as the change that it tells, so neither can be without the other. From there it is copied to the log under an id
 * made of the record's and its number, by a consumer of the change feed; copied twice it is there once. Only then does the record
 * forget it.
 */
package io.aiwm.controller.eventlog;
