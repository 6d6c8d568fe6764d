dnl SPDX-License-Identifier: MIT
dnl Compiler flags, each tried before it is used, and the library checks that pkg-config cannot do.

dnl PARLEY_TRY_FLAG(VARIABLE, FLAG): appends FLAG to VARIABLE when a program compiles and links with
dnl it, with every warning an error. The program includes a header, for _FORTIFY_SOURCE speaks there.
AC_DEFUN([PARLEY_TRY_FLAG], [
	AS_VAR_PUSHDEF([works], [parley_cv_flag_$2])
	AC_CACHE_CHECK([whether $CC accepts $2], [works], [
		parley_saved_cflags=$CFLAGS
		CFLAGS="$CFLAGS -Werror $2"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[return puts("") < 0;]])],
			[AS_VAR_SET([works], [yes])], [AS_VAR_SET([works], [no])])
		CFLAGS=$parley_saved_cflags
	])
	AS_VAR_IF([works], [yes], [$1="$$1 $2"])
	AS_VAR_POPDEF([works])
])

AC_DEFUN([PARLEY_TRY_FLAGS], [m4_foreach_w([flag], [$2], [PARLEY_TRY_FLAG([$1], flag)])])

dnl PARLEY_CHECK_LIBRARY(NAME, LIBRARY, FUNCTION, HEADER, PACKAGE): a library without a .pc file;
dnl NAME_LIBS is set, or configure ends naming the Debian package.
AC_DEFUN([PARLEY_CHECK_LIBRARY], [
	AC_CHECK_HEADER([$4], [], [AC_MSG_ERROR([$4 is missing: install $5])])
	AC_CHECK_LIB([$2], [$3], [$1_LIBS=-l$2], [AC_MSG_ERROR([lib$2 is missing: install $5])])
	AC_SUBST([$1_LIBS])
])

dnl PARLEY_CHECK_OPTIONAL(NAME, MODULE): have_NAME, HAVE_NAME for C and for automake.
AC_DEFUN([PARLEY_CHECK_OPTIONAL], [
	PKG_CHECK_MODULES([$1], [$2], [have_$1=yes], [have_$1=no])
	PARLEY_OPTIONAL_RESULT([$1])
])

AC_DEFUN([PARLEY_CHECK_OPTIONAL_LIBRARY], [
	have_$1=no
	AC_CHECK_HEADER([$4], [AC_CHECK_LIB([$2], [$3], [have_$1=yes; $1_LIBS=-l$2])])
	AC_SUBST([$1_LIBS])
	PARLEY_OPTIONAL_RESULT([$1])
])

AC_DEFUN([PARLEY_OPTIONAL_RESULT], [
	AS_IF([test "$have_$1" = yes],
		[AC_DEFINE([HAVE_$1], [1], [Set when the $1 library is there, for tests.])])
	AM_CONDITIONAL([HAVE_$1], [test "$have_$1" = yes])
])

dnl PARLEY_FLAGS: the switches, and PARLEY_CFLAGS, PARLEY_CPPFLAGS, PARLEY_LDFLAGS (everything),
dnl PARLEY_PROGRAM_CFLAGS and PARLEY_PROGRAM_LDFLAGS (programs), PARLEY_DEFS_LDFLAGS (shared objects).
AC_DEFUN([PARLEY_FLAGS], [
	AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror],
		[warnings are errors, for developers and CI])], [], [enable_werror=no])
	AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening],
		[no fortify, stack protector, PIE, relro])], [], [enable_hardening=yes])
	AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
		[address,undefined (the default list) or thread; turns hardening off])],
		[], [enable_sanitizers=no])
	AC_ARG_ENABLE([fuzzing], [AS_HELP_STRING([--enable-fuzzing],
		[fuzz targets are libFuzzer programs; needs clang])], [], [enable_fuzzing=no])

	PARLEY_TRY_FLAGS([PARLEY_CFLAGS], [-std=gnu17 -fvisibility=hidden -fno-strict-aliasing
		-fno-common -fstack-clash-protection])
	PARLEY_TRY_FLAGS([PARLEY_CFLAGS], [-Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes
		-Wmissing-prototypes -Wold-style-definition -Wundef -Wpointer-arith -Wwrite-strings
		-Wcast-qual -Wvla -Wimplicit-fallthrough
		-Werror=implicit-function-declaration -Werror=incompatible-pointer-types
		-Werror=int-conversion -Werror=return-type -Wno-unused-parameter
		-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init
		-Warith-conversion -Wconditional-uninitialized -Wcomma])
	PARLEY_CPPFLAGS=
	PARLEY_LDFLAGS=
	PARLEY_DEFS_LDFLAGS=
	PARLEY_TRY_FLAG([PARLEY_LDFLAGS], [-Wl,--as-needed])

	AS_IF([test "$enable_sanitizers" = yes], [enable_sanitizers=address,undefined])
	parley_sanitizers=$enable_sanitizers
	parley_hardening=$enable_hardening
	parley_fuzzing=$enable_fuzzing
	AS_IF([test "$enable_sanitizers" != no], [
		parley_hardening=no
		PARLEY_CFLAGS="$PARLEY_CFLAGS -fsanitize=$enable_sanitizers -fno-sanitize-recover=all"
		PARLEY_CFLAGS="$PARLEY_CFLAGS -fno-omit-frame-pointer -U_FORTIFY_SOURCE"
		PARLEY_CPPFLAGS="-DPARLEY_SANITIZED=1"
		AS_IF([test "$ac_test_CFLAGS" != y], [CFLAGS="-g -O1"])
	])
	AS_IF([test "$parley_hardening" = yes], [PARLEY_HARDENING])
	dnl A symbol that nobody has is an error when linking. (clang cannot do that with sanitizers.)
	AS_IF([test "$enable_sanitizers" = no], [PARLEY_TRY_FLAG([PARLEY_DEFS_LDFLAGS], [-Wl,-z,defs])])
	AS_IF([test "$enable_fuzzing" = yes], [
		PARLEY_CFLAGS="$PARLEY_CFLAGS -fsanitize=fuzzer-no-link"
		AC_LINK_IFELSE([AC_LANG_PROGRAM], [], [AC_MSG_ERROR([--enable-fuzzing needs clang])])
	])
	AS_IF([test "$enable_werror" = yes], [PARLEY_CFLAGS="$PARLEY_CFLAGS -Werror"])

	AM_CONDITIONAL([FUZZING], [test "$enable_fuzzing" = yes])
	AM_CONDITIONAL([SANITIZED], [test "$parley_sanitizers" != no])
	AC_SUBST([PARLEY_CFLAGS])
	AC_SUBST([PARLEY_CPPFLAGS])
	AC_SUBST([PARLEY_LDFLAGS])
	AC_SUBST([PARLEY_DEFS_LDFLAGS])
	AC_SUBST([PARLEY_PROGRAM_CFLAGS])
	AC_SUBST([PARLEY_PROGRAM_LDFLAGS])
	PARLEY_SANITIZERS=$parley_sanitizers
	AC_SUBST([PARLEY_SANITIZERS])
])

AC_DEFUN([PARLEY_HARDENING], [
	PARLEY_TRY_FLAGS([PARLEY_CFLAGS], [-fstack-protector-strong -fcf-protection
		-ftrivial-auto-var-init=zero])
	PARLEY_TRY_FLAG([PARLEY_CFLAGS], [-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3])
	PARLEY_TRY_FLAG([PARLEY_PROGRAM_CFLAGS], [-fPIE])
	PARLEY_TRY_FLAG([PARLEY_PROGRAM_LDFLAGS], [-pie])
	PARLEY_TRY_FLAG([PARLEY_LDFLAGS], [-Wl,-z,relro,-z,now,-z,noexecstack])
])
