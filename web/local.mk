# The web client. It is built with npm (tools/run and tools/test do that); a release tarball has it
# ready, so that installing one needs no Node.js.
EXTRA_DIST += web/.npmrc web/README.md web/package.json web/package-lock.json web/tsconfig.json web/sdk web/src web/test \
	web/tools tests/web

install-web:
	@if test -f '$(srcdir)/web/dist/index.html'; then \
		cd '$(srcdir)/web/dist' && find . -type f | while IFS= read -r file; do \
			$(MKDIR_P) "$(DESTDIR)$(pkgdatadir)/web/$${file%/*}" && \
			$(INSTALL_DATA) "$$file" "$(DESTDIR)$(pkgdatadir)/web/$$file" || exit 1; \
		done; \
	else \
		echo 'the web client is not built, so it is not installed: cd web && npm ci && npm run build'; \
	fi
uninstall-web:
	rm -rf '$(DESTDIR)$(pkgdatadir)/web'

dist-web:
	@test -f '$(srcdir)/web/dist/index.html' || \
		{ echo 'build the web client first: cd web && npm ci && npm run build'; exit 1; }
	cp -R '$(srcdir)/web/dist' '$(distdir)/web/dist'
	chmod -R u+w '$(distdir)/web'
	rm -rf '$(distdir)/web/sdk/dist' '$(distdir)/web/sdk/node_modules'
.PHONY: install-web uninstall-web dist-web
