/** The store in one SQLite file, for one controller. */
package io.aiwm.controller.store.sqlite;
