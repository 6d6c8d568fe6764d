/* SPDX-License-Identifier: MIT */
/* address.h - user@domain and user@domain/device (after RFC 7622, much narrower). Any thread. */
#ifndef PARLEY_ADDRESS_H
#define PARLEY_ADDRESS_H

#include <parley/api.h>
#include <parley/error.h>
#include <stdbool.h>
#include <stddef.h>

#define PARLEY_NAME_MIN   3
#define PARLEY_NAME_MAX   15
#define PARLEY_DOMAIN_MAX 253
#define PARLEY_DEVICE_MAX 32

/* Lower case throughout, so two addresses are equal when their bytes are. */
struct parley_address {
	char name[PARLEY_NAME_MAX + 1];     /* "" for the address of a domain */
	char domain[PARLEY_DOMAIN_MAX + 1]; /* A-labels; never "" */
	char device[PARLEY_DEVICE_MAX + 1]; /* "" for a bare address */
};

/* Fills out and returns 0; else -1 with err (bad-request, the rule in words) and out untouched.
 * Accepts "domain", "name@domain", "name@domain/device". Names are checked with parley_name_valid;
 * domains are "localhost" or letters, digits and hyphens in two or more labels of 1 to 63
 * (RFC 1123), the last of them no number, no trailing dot; devices are 1 to 32 of [A-Za-z0-9_-],
 * kept as written. */
PARLEY_API int parley_address_parse(const char *text, struct parley_address *out,
	struct parley_error *err);

/* 3 to 15 of [A-Za-z0-9_]: the rule for user names. Says nothing of reserved names. */
PARLEY_API bool parley_name_valid(const char *name);

/* Writes "name@domain" or, with device, "name@domain/device"; returns the length. size should be
 * PARLEY_ADDRESS_SIZE. */
#define PARLEY_ADDRESS_SIZE (PARLEY_NAME_MAX + PARLEY_DOMAIN_MAX + PARLEY_DEVICE_MAX + 3)
PARLEY_API size_t parley_address_format(const struct parley_address *address, bool device,
	char *out, size_t size);

#endif
