/** What every side needs and what knows none of them. */
package io.aiwm.common;
