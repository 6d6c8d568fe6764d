# The example configuration, the systemd unit and the unit's user, with this build's directories.
ETC_FILES = etc/parley.conf etc/parley.service etc/parley.sysusers
EXTRA_DIST += etc/parley.conf.in etc/parley.service.in etc/parley.sysusers.in
CLEANFILES += $(ETC_FILES)

$(ETC_FILES): Makefile
	$(AM_V_GEN)$(MKDIR_P) etc && sed \
		-e 's|[@]bindir@|$(bindir)|g' -e 's|[@]sbindir@|$(sbindir)|g' \
		-e 's|[@]pkglibdir@|$(pkglibdir)|g' -e 's|[@]pkgdatadir@|$(pkgdatadir)|g' \
		-e 's|[@]runstatedir@|$(runstatedir)|g' -e 's|[@]localstatedir@|$(localstatedir)|g' \
		-e 's|[@]sysconfdir@|$(sysconfdir)|g' $(srcdir)/$@.in >$@.new && mv $@.new $@
etc/parley.conf: etc/parley.conf.in
etc/parley.service: etc/parley.service.in
etc/parley.sysusers: etc/parley.sysusers.in

# The configuration is an example: an operator's own is never overwritten.
exampledir = $(sysconfdir)/parley
nodist_example_DATA = etc/parley.conf.example
etc/parley.conf.example: etc/parley.conf
	$(AM_V_GEN)cp etc/parley.conf $@
CLEANFILES += etc/parley.conf.example

# Below the prefix, so that an unprivileged install and make distcheck stay inside of it.
systemdunitdir = $(prefix)/lib/systemd/system
noinst_DATA = etc/parley.sysusers
nodist_systemdunit_DATA = etc/parley.service

install-data-hook:
	$(MKDIR_P) '$(DESTDIR)$(prefix)/lib/sysusers.d'
	$(INSTALL_DATA) etc/parley.sysusers '$(DESTDIR)$(prefix)/lib/sysusers.d/parley.conf'
uninstall-hook:
	rm -f '$(DESTDIR)$(prefix)/lib/sysusers.d/parley.conf'

# What "make check" compares, and how to renew it.
TESTS += tests/made-from-tables tests/service
dist_check_SCRIPTS += tests/made-from-tables tests/service
PARLEY_DIRECTORIES = $(pkglibdir) $(pkgdatadir) $(runstatedir) $(localstatedir)
update-tables: all
	srcdir='$(srcdir)' PARLEY_DIRECTORIES='$(PARLEY_DIRECTORIES)' \
		$(srcdir)/tests/made-from-tables --write
	cd '$(srcdir)' && node tools/gen-types.mjs && node tools/gen-methods.mjs
.PHONY: update-tables
