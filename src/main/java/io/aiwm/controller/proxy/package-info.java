/** Proxies as the controller sees them: what they are to serve, what they serve, and what was used there. */
package io.aiwm.controller.proxy;
