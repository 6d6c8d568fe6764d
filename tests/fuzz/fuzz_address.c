/* SPDX-License-Identifier: MIT */
/* fuzz_address.c - an address that is accepted is within its bounds and is written back the same.
 */
#include <parley/address.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(cond)                                                                                \
	((cond) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond), abort()))

static void
check_accepted(const char *text, const struct parley_address *a)
{
	char out[PARLEY_ADDRESS_SIZE];
	struct parley_address again = { 0 };
	size_t len = parley_address_format(a, true, out, sizeof out);
	const char *slash = strchr(text, '/');

	CHECK(len == strlen(out) && len < sizeof out);
	CHECK(strcasecmp(out, text) == 0); /* nothing is added, dropped or moved */
	CHECK((slash != NULL) == (a->device[0] != '\0'));
	CHECK(slash == NULL || strcmp(slash + 1, a->device) == 0);
	CHECK(a->domain[0] != '\0');
	CHECK(a->name[0] == '\0' || parley_name_valid(a->name));
	CHECK(parley_address_parse(out, &again, NULL) == 0);
	CHECK(strcmp(a->name, again.name) == 0 && strcmp(a->domain, again.domain) == 0 &&
	      strcmp(a->device, again.device) == 0);
	len = parley_address_format(a, false, out, sizeof out);
	CHECK(strchr(out, '/') == NULL && strncasecmp(out, text, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct parley_address a = { 0 };
	struct parley_error err = { 0 };

	CHECK(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (parley_address_parse(text, &a, &err) == 0)
		check_accepted(text, &a);
	else
		CHECK(err.code == PARLEY_BAD_REQUEST && err.text[0] != '\0');
	free(text);
	return 0;
}
