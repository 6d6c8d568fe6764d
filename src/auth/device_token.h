/* SPDX-License-Identifier: MIT */
/* device_token.h - tokens and cookies as texts. Any thread. */
#ifndef DEVICE_TOKEN_H
#define DEVICE_TOKEN_H

#include "auth/device.h"

#include <parley/text.h>

/* 1 to PARLEY_DEVICE_MAX of [A-Za-z0-9_-]. */
bool device_id_valid(const char *id);

/* A new random id: 8 of [a-z2-7]. */
void device_id_make(char id[PARLEY_DEVICE_MAX + 1]);

/* A new token for a device. */
void device_token_make(const char *id, char token[DEVICE_TOKEN_SIZE]);

/* Cuts a token: its device into id; returns the secret, within token, or NULL for text that is
 * none. */
const char *device_token_parse(const char *token, char id[PARLEY_DEVICE_MAX + 1]);

/* Appends what is stored of a secret: base64url of its SHA-256. */
void device_token_hash(const char *secret, struct parley_text *out);

#endif
