/** Who calls: users and their passwords, and the tokens of users and nodes. */
package io.aiwm.controller.auth;
