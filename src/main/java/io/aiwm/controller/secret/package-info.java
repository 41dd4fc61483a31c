/** What of a record is secret: who is shown what of it, and what the mask stands for when it comes back. */
package io.aiwm.controller.secret;
