/* SPDX-License-Identifier: MIT */
/* fuzz_config.c - parley.conf: any text is read without harm, and there is always a reason when it
 * is refused. What the first look lets pass, libconfuse must read as the same keys. */
#include "core/config.h"

#include <parley/error.h>
#include <parley/log.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* True when some line of errors is "fuzz:LINE: libconfuse...". */
static bool
libconfuse_complained(const char *errors)
{
	for (; errors != NULL; errors = strchr(errors, '\n')) {
		errors += *errors == '\n';
		errors += strspn(errors, "fuz:0123456789 ");
		if (strncmp(errors, "libconfuse", 10) == 0)
			return true;
	}
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct option_errors errors = { 0 };
	struct config *config;

	if (size > 4096)
		return 0;
	config = config_draft_text("fuzz", (const char *)data, size, &errors);
	parley_assert(config != NULL || errors.count > 0);
	parley_assert(config == NULL || !config->broken || errors.count > 0);
	parley_assert(!libconfuse_complained(errors.text.s));
	option_errors_fini(&errors);
	config_free(&config);
	return 0;
}
