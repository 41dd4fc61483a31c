/** The controller's side of limits: the ledger in the store, and whose key may use how much. */
package io.aiwm.controller.inference.limit;
