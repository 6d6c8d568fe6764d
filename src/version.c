/* SPDX-License-Identifier: MIT */
/* version.c - which Parley this is, and what it runs with. */
#include "build_config.h"

#include "version.h"

#include <event2/event.h>
#include <expat.h>
#include <openssl/crypto.h>
#include <parley/module.h>

const char *
version_number(void)
{
	return PACKAGE_VERSION;
}

void
version_print(FILE *out)
{
	fprintf(out, "parleyd %s, module interface %d.%d\n", PACKAGE_VERSION, PARLEY_ABI_MAJOR,
	    PARLEY_ABI_MINOR);
	fprintf(out, "%s\n", OpenSSL_version(OPENSSL_VERSION));
	fprintf(out, "libevent %s\n", event_get_version());
	fprintf(out, "%s\n", XML_ExpatVersion());
}
