/** Authenticated encryption of what travels on the clustered event bus. Imports nothing of ours but the protocol. */
package io.aiwm.protocol.seal;
