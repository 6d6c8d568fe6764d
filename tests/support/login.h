/* SPDX-License-Identifier: MIT */
/* login.h - logs in as a client would, frame by frame. */
#ifndef TEST_LOGIN_H
#define TEST_LOGIN_H

#include "auth/login.h"
#include "base/arena.h"
#include "support/scram_client.h"

#define LOGIN_HOME "192.0.2.1"

/* A connection of chat.example with a channel binding, from LOGIN_HOME. */
struct login_test {
	struct login_channel channel;
	struct login *login;
	struct login_result result; /* of the last frame */
	struct arena arena;
};

/* Fixtures: *state is a struct login_test; there is an account Alice with "correct horse". */
int login_up(void **state);
int login_down(void **state);

extern const uint8_t login_exporter[32];
extern const struct scram_client login_alice; /* knows the password */
extern const struct scram_client login_bound; /* and binds to the channel */

/* Frees what a connection of the test's own holds. */
void try_forget(struct login_test *f);

const struct parley_json *try_parse(struct login_test *f, const char *json);

/* Each sends one auth frame. */
enum login_outcome try_frame(struct login_test *f, const char *json);
enum login_outcome try_plain(struct login_test *f, const char *user, const char *password);
enum login_outcome try_token(struct login_test *f, const char *user, const char *text);
enum login_outcome try_scram_begin(
    struct login_test *f, const char *mechanism, const char *message);

/* Sends a response frame. */
enum login_outcome try_response(struct login_test *f, const char *message);

/* The whole of SCRAM as client c, which also checks the node's answer. */
enum login_outcome try_scram(
    struct login_test *f, const char *mechanism, const struct scram_client *c);

void assert_failed(const struct login_test *f, enum login_outcome outcome, enum parley_code code);
void assert_entered(const struct login_test *f, enum login_outcome outcome);

#endif
