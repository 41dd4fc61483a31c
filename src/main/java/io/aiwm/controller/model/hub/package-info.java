/** Model hubs and other servers that models are fetched from: where they may be, what they have, how it is read. */
package io.aiwm.controller.model.hub;
