/* SPDX-License-Identifier: MIT */
/* test.h - what every unit test includes first: cmocka, after the headers that it needs. */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
