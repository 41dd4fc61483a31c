/** Which replica takes a call, and which calls wait. Knows no network. */
package io.aiwm.inference.balance;
