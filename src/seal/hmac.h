/* SPDX-License-Identifier: MIT */
/* hmac.h - HMAC-SHA-256 (RFC 2104) under keys of 32 bytes. Any thread. */
#ifndef HMAC_H
#define HMAC_H

#include <stddef.h>
#include <stdint.h>

void hmac_sha256(const uint8_t key[32], const void *bytes, size_t len, uint8_t out[32]);

#endif
