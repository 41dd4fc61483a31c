/**
 * Secret values: named ones that are stored sealed and never shown; and what of other records is secret, who is shown what of
 * it, and what the mask stands for when it comes back.
 */
package io.aiwm.controller.secret;
