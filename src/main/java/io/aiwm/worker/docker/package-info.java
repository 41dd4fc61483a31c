/** The Docker Engine behind {@link io.aiwm.worker.container.Engine}, by docker-java; the only room that imports it. */
package io.aiwm.worker.docker;
