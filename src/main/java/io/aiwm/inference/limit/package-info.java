/** What a caller may still use: requests, tokens, places and budgets. Knows no network and no records. */
package io.aiwm.inference.limit;
