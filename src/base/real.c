/* SPDX-License-Identifier: MIT */
/* real.c - floating point as text, the same in every locale. */
#include "base/real.h"

#include <parley/error.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static locale_t plain_locale;

static void
real_init(void)
{
	plain_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	parley_assert(plain_locale != (locale_t)0);
}

static locale_t
real_locale(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, real_init);
	return plain_locale;
}

double
real_parse(const char *s)
{
	return strtod_l(s, NULL, real_locale());
}

size_t
real_format(double x, char out[REAL_SIZE])
{
	locale_t before = uselocale(real_locale());
	int len = 0;

	/* 15 digits survive the way through a double, so that no more than needed are printed; 17
	 * suffice. The tiny numbers below DBL_MIN have fewer. */
	for (int digits = fabs(x) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
		len = snprintf(out, REAL_SIZE, "%.*g", digits, x);
		if (strtod(out, NULL) == x)
			break;
	}
	uselocale(before);
	parley_assert(isfinite(x) && len > 0 && len < REAL_SIZE - 2);
	if (strpbrk(out, ".e") == NULL) {
		memcpy(out + len, ".0", 3);
		len += 2;
	}
	return (size_t)len;
}
