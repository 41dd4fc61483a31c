/** The inference gateway of a controller: what it can call, from records, and the API that sets it. */
package io.aiwm.controller.inference;
