/** The store in MongoDB, for several controllers. */
package io.aiwm.controller.store.mongo;
