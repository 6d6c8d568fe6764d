# Modules: shared objects in $(pkglibdir), made from the public headers alone. A module NAME is
#   pkglib_LTLIBRARIES += modules/NAME.la
#   modules_NAME_la_SOURCES = modules/NAME.c
#   modules_NAME_la_CPPFLAGS = $(MODULE_INCLUDES)
#   modules_NAME_la_LDFLAGS = $(MODULE_LINK)
#   modules_NAME_la_LIBADD = libparley.la
MODULE_INCLUDES = -I$(srcdir)/include $(PARLEY_CPPFLAGS)
MODULE_LINK = $(AM_LDFLAGS) -module -avoid-version -shared $(PARLEY_DEFS_LDFLAGS)
