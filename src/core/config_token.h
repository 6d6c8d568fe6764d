/* SPDX-License-Identifier: MIT */
/* config_token.h - the words, strings and signs of parley.conf: narrower than libconfuse takes
 * them, so that both read the same. */
#ifndef CONFIG_TOKEN_H
#define CONFIG_TOKEN_H

#include "core/option.h"

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_WORD_LONGEST 4096

enum config_token { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_SIGN, TOKEN_BAD };

/* A place in a text, and the token before it. */
struct config_cursor {
	struct config_scan *scan; /* whose cursor it is */
	struct option_errors *errors;
	const char *file;
	char *at;
	unsigned line;

	enum config_token token;
	char sign;                      /* of TOKEN_SIGN: one of {}()= */
	char word[CONFIG_WORD_LONGEST]; /* of TOKEN_WORD and TOKEN_STRING, without quotes and \ */
	size_t word_len;
	bool has_variable; /* the string has a variable in it */
	unsigned token_line;
};

/* Goes to the next token, and returns it too. TOKEN_BAD when there is a mistake: errors has it. */
enum config_token config_token_next(struct config_cursor *c);

/* The token is this sign. */
bool config_token_is(const struct config_cursor *c, char sign);

/* After a mistake: goes on in the next line. */
void config_token_skip_line(struct config_cursor *c);

/* After a mistake in a section: the same, but not past its end. */
void config_token_skip_option(struct config_cursor *c);

#endif
