/** The inference gateway as settings describe it; the same on controllers and on proxies. */
package io.aiwm.gateway;
